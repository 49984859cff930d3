import { createInterface } from 'node:readline/promises';

import { Failure } from './exit-codes.js';

/**
 * Asks the person at the terminal, unless `--yes` has said so.
 * @throws {Failure} the answer was no, or there is nobody to ask.
 */
export async function confirm(question: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  if (!process.stdin.isTTY) throw new Failure(`${question} There is no terminal to ask at: say --yes.`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  asking.on('close', () => closed.abort()); // Ctrl-C, Ctrl-D
  try {
    const answer = await asking.question(`${question} Type yes: `, { signal: closed.signal });
    if (answer.trim().toLowerCase() === 'yes') return;
  } catch {
    process.stderr.write('\n'); // the question was left
  } finally {
    asking.close();
  }
  throw new Failure('not confirmed: nothing was done');
}
