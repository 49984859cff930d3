import { setTimeout as pause } from 'node:timers/promises';

import { EXIT, type ExitCode, exitCodeOf, Failure } from '../exit-codes.js';
import { interrupted, lookAgain } from '../look-again.js';
import { askMembers } from '../members-asked.js';
import type { Output } from '../output.js';
import { Screen } from '../screen.js';
import { oneLine, type Session } from '../session.js';
import { type Look, topView } from '../top-view.js';

/** A live view, until `q`. Where there is no terminal it is printed once, of two looks. */
export async function top(session: Session, everyMs: number, output: Output): Promise<ExitCode> {
  if (output.format !== 'table')
    throw new Failure('top is for people: for programs there is stats --watch', EXIT.badUse);
  if (!process.stdout.isTTY) return printOnce(session, everyMs, output);
  const stop = interrupted();
  let before: Look | undefined = await lookAt(session); // what is wrong at the start is told as with any command
  const screen = new Screen((key) => {
    if (key === 'q' || key === 'ctrl-c') stop.abort();
  });
  try {
    screen.draw(withHelp(topView(undefined, before)));
    return await lookAgain(session, everyMs, stop.signal, async () => {
      try {
        const now = await lookAt(session);
        if (!stop.signal.aborted) screen.draw(withHelp(topView(before, now)));
        before = now;
        return EXIT.ok;
      } catch (error) {
        screen.draw(withHelp([`${new Date().toLocaleTimeString('en-GB')}  ${oneLine((error as Error).message)}`]));
        return exitCodeOf(error);
      }
    });
  } finally {
    screen.close();
  }
}

async function printOnce(session: Session, everyMs: number, output: Output): Promise<ExitCode> {
  const before = await lookAt(session);
  await pause(everyMs);
  session.renew();
  const now = await lookAt(session);
  output.document(undefined, () => topView(before, now).join('\n'));
  return now.failures.length === 0 ? EXIT.ok : EXIT.failed;
}

/** @throws {Failure} where nobody answers, or nobody may be asked. */
async function lookAt(session: Session): Promise<Look> {
  const asked = await askMembers(session, undefined, (admin, call) => admin.report(call));
  const [failure] = asked.failures;
  if (asked.answers.length === 0 && failure !== undefined) {
    throw new Failure(`no member tells of itself: ${oneLine(failure.error.message)}`, asked.exitCode);
  }
  return { at: new Date(), reports: asked.answers.map(({ answer }) => answer), failures: asked.failures };
}

function withHelp(lines: readonly string[]): string[] {
  return [...lines, '', 'q: quit'];
}
