// Whatever is measured runs in a process of its own: a call site that has seen two caches is slower for both, and one
// cache's garbage is not the next one's pause.
//
// The parent asks, the child answers, one question at a time; in between the child sleeps, so processes that take turns
// (rounds.ts) don't disturb each other.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { trackProcess } from './running-processes.js';

type Answer = { readonly value: unknown } | { readonly error: string };

const STRIP_TYPES = new URL('../strip-types.js', import.meta.url).href;

export interface MeasuringProcessOptions {
  /** Limit of the child's JavaScript heap in MB. Default: what Node takes, about 4,000. */
  readonly heapMb?: number | undefined;
}

export class MeasuringProcess {
  readonly #child: ChildProcess;

  /** Starts a Node process on a module that calls {@link answer}. `global.gc` is there. */
  constructor(module: URL, { heapMb }: MeasuringProcessOptions = {}) {
    const { NODE_OPTIONS: _, ...env } = process.env; // what the parent runs with is not part of the measurement
    const execArgv = ['--import', STRIP_TYPES, '--conditions=source', '--expose-gc'];
    if (heapMb !== undefined) execArgv.push(`--max-old-space-size=${heapMb}`);
    const path = fileURLToPath(module);
    this.#child = fork(path, { execArgv, env });
    this.#child.once('exit', trackProcess(path)); // before close() can listen, so it is struck out when that resolves
  }

  /**
   * Sends a question and waits for its answer. One at a time.
   * @throws {Error} with the child's own stack if it failed, or how it ended if it did.
   */
  async ask<Value>(question: object): Promise<Value> {
    if (this.#hasEnded) throw new Error('this measuring process has ended');
    const stop = new AbortController();
    const { signal } = stop;
    const ended = once(this.#child, 'exit', { signal }).then(([code, by]) => {
      throw new Error(`a measuring process ended with ${code ?? by}`);
    });
    const answered = once(this.#child, 'message', { signal }).then(([message]) => message as Answer);
    this.#child.send(question);
    try {
      const answer = await Promise.race([answered, ended]);
      if ('error' in answer) throw new Error(`a measuring process failed: ${answer.error}`);
      return answer.value as Value;
    } finally {
      stop.abort();
      await Promise.allSettled([answered, ended]); // the loser's rejection is the abort above
    }
  }

  /** Ends the process. Idempotent. */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill();
    await exit;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** The child's side: answers each question with what the handler returns. Ends with the parent. */
export function answer<Question>(handle: (question: Question) => unknown): void {
  process.on('disconnect', () => process.exit());
  process.on('message', async (question: Question) => {
    let answer: Answer;
    try {
      answer = { value: await handle(question) };
    } catch (error) {
      answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    process.send!(answer);
  });
}
