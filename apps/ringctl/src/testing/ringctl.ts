// The program as a process, as it is started by hand.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandOf } from '@ringcache/infra/testing/built';

const COMMAND = commandOf('ringctl');

export interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs it to its end. @param options.input what it reads; default: nothing. */
export async function ringctl(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: Uint8Array } = {},
): Promise<Ran> {
  const child = start(COMMAND, args, options.env);
  child.stdin!.end(options.input);
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(stdout), stderr };
}

/** Starts it, to be watched. */
export function spawnRingctl(args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess {
  return start(COMMAND, args, env);
}

/** Starts it in a terminal that `script` makes: what is written to its stdin is typed there, and its stdout is what is seen. */
export function spawnInTerminal(args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess {
  const line = [...COMMAND, ...args].map((word) => `'${word}'`).join(' ');
  return start(['script', '--quiet', '--return', '--command', line, '/dev/null'], [], env);
}

function start(
  [command, ...before]: readonly string[],
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const { NODE_OPTIONS: _, JEST_WORKER_ID: __, NODE_ENV: ___, ...own } = process.env;
  return spawn(command!, [...before, ...args], { env: { ...own, ...env } });
}
