// One member of a service: a process of the same program, started again whenever it ends by itself.

import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ringcache/logger';

import { BAD_CONFIG } from './config.js';
import { passWholeLines } from './whole-lines.js';

export interface MemberProcessOptions {
  /** What the log calls it. */
  readonly id: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** It cannot use its configuration, and is not started again. */
  readonly onBadConfig: () => void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
const RAN_WELL_MS = 30_000; // then its next end is a first one again
const LAST_WORDS_MS = 1_000; // for a process that has ended, where one that it started keeps its output open

export class MemberProcess {
  readonly #options: MemberProcessOptions;
  #process: ChildProcess | undefined;
  #ended: Promise<number | undefined> = Promise.resolve(0);
  #restart: NodeJS.Timeout | undefined;
  #failures = 0;
  #isEnding = false;

  /** Starts it. */
  constructor(options: MemberProcessOptions) {
    this.#options = options;
    this.#start();
  }

  /** undefined: it does not run at the moment. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Asks it to leave the ring and end, and starts it no more. Not bounded: see {@link kill}.
   * @returns its exit code; 0 if it did not run, undefined if a signal ended it.
   */
  end(): Promise<number | undefined> {
    this.#isEnding = true;
    clearTimeout(this.#restart);
    if (this.#process === undefined) return Promise.resolve(0);
    if (this.#process.connected) this.#process.disconnect(); // what it hears as well when this process dies
    return this.#ended;
  }

  /** Has it read its configuration again. One that does not run at the moment does so when it starts. */
  reload(): void {
    this.#process?.kill('SIGHUP');
  }

  /** Ends it at once. */
  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  #start(): void {
    try {
      const { args, env } = this.#options;
      // A session of its own: a Ctrl-C is for the parent, which then ends its members in order.
      const options = { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] satisfies StdioOptions };
      this.#follow(fork(process.argv[1]!, args, options));
    } catch (error) {
      this.#endedByItself(`it cannot be started: ${(error as Error).message}`, undefined, 0); // no memory, for one
    }
  }

  #follow(child: ChildProcess): void {
    const startedAt = performance.now();
    this.#process = child;
    const ended = (how: string, code?: number) => {
      this.#process = undefined;
      if (!this.#isEnding) this.#endedByItself(how, code, performance.now() - startedAt);
      return code;
    };
    const said = [passed(child.stdout, process.stdout), passed(child.stderr, process.stderr)];
    this.#ended = new Promise<number | undefined>((resolve) => {
      child.once('exit', (code, signal) => resolve(ended(signal ?? `exit code ${code}`, code ?? undefined)));
      child.on('error', (error) => {
        if (child.pid === undefined) resolve(ended(`it cannot be started: ${error.message}`));
      });
    }).then(async (code) => {
      // Not the process's event `close`, which never comes where we have closed the channel.
      await Promise.race([Promise.all(said), pause(LAST_WORDS_MS)]);
      return code;
    });
  }

  #endedByItself(how: string, code: number | undefined, ranMs: number): void {
    const { id, logger, onBadConfig } = this.#options;
    if (code === BAD_CONFIG) {
      logger.error(`member ${id} cannot use its configuration`);
      this.#isEnding = true;
      onBadConfig();
      return;
    }
    if (ranMs >= RAN_WELL_MS) this.#failures = 0;
    const delayMs = restartDelayMs(this.#failures++);
    logger.warn(`member ${id} ended: ${how}; it is started again`, { delayMs, ranMs: Math.round(ranMs) });
    this.#restart = setTimeout(() => {
      this.#start();
      if (this.pid !== undefined) logger.info(`member ${id} is started again`, { pid: this.pid });
    }, delayMs);
  }
}

/** Doubled with each failure, and apart from the other members', which may have ended for the same reason. */
export function restartDelayMs(failures: number, random = Math.random()): number {
  const wholeMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return Math.round(wholeMs * (0.5 + random / 2));
}

/** There is no stream where the system had no file to give for it. */
function passed(from: Readable | null | undefined, to: Writable): Promise<void> | undefined {
  return from ? passWholeLines(from, to) : undefined;
}
