import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RegistrationEvent } from '../discovery.js';

const PROGRAM = fileURLToPath(new URL('member-process.ts', import.meta.url));

export interface MemberProcess {
  readonly process: ChildProcess;
  /** The next event of its registration of this kind that has not been asked for yet. */
  next(kind: RegistrationEvent['kind']): Promise<RegistrationEvent>;
  kill(): Promise<void>;
}

/** Runs a member in a process of its own; to be killed by whoever starts it. */
export function startMemberProcess(
  hosts: readonly string[],
  cluster: string,
  ttlMs: number,
  id: string,
): MemberProcess {
  const args = ['--import', 'tsx', '--conditions=source', PROGRAM, hosts.join(','), cluster, `${ttlMs}`, id];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: withoutJestOptions() });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async next(kind) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the member's process ended before it was ${kind}`);
        const event = JSON.parse(value) as RegistrationEvent;
        if (event.kind === kind) return event;
      }
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function withoutJestOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}
