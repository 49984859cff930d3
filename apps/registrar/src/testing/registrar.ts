import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { commandOf } from '@ringcache/infra/testing/built';

const [node, main] = commandOf('registrar') as [string, string];

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real program as a process, with nothing of the test's environment but the way to its tools. */
export function spawnRegistrar(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(node, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
  });
}

/** Runs it to its end. */
export async function registrar(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished> {
  const child = spawnRegistrar(args, env);
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  const [code] = await closed;
  return { code, stdout, stderr };
}

/** Its lines of JSON as they come. */
export async function* jsonLines(child: ChildProcess): AsyncGenerator<Record<string, unknown>, void> {
  for await (const line of createInterface({ input: child.stdout! })) yield JSON.parse(line);
}
