import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { MemoryCommand, MemoryRole } from './memory-process.js';
import type { Stage } from './stage.js';

const PROGRAM = fileURLToPath(new URL('memory-process.ts', import.meta.url));

/** One side of a pipe in a process that does nothing else; ends with the test. */
export class MemoryProcess {
  /** Where it listens, if it is a server. */
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(stage: Stage, role: MemoryRole): Promise<MemoryProcess> {
    const { NODE_OPTIONS: _, ...env } = process.env; // Jest's
    const args = ['--import', 'tsx', '--conditions=source', PROGRAM, JSON.stringify(role)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
    stage.atEnd(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return; // it has ended by itself, which the test will say
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    });
    return new MemoryProcess(child, await answerOf(child));
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Bytes in use, on its heap and beside it, once garbage is collected. */
  kept(): Promise<number> {
    return this.ask({ ask: 'kept' });
  }

  /** One question at a time. */
  ask(command: MemoryCommand): Promise<number> {
    const answered = answerOf(this.#child);
    this.#child.send(command);
    return answered;
  }
}

async function answerOf(child: ChildProcess): Promise<number> {
  const ended = new AbortController();
  const gone = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('the process ended');
  });
  gone.catch(() => {}); // also by the abort
  try {
    const [answer] = await Promise.race([once(child, 'message', { signal: ended.signal }), gone]);
    return answer as number;
  } finally {
    ended.abort();
  }
}
