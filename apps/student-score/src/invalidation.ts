// The cache has to drop a student's score once the database has a new one. It may be out of reach just then, and the
// change is committed all the same: so the first try is waited for, briefly, since it lets a caller read its own write,
// and what fails is tried again in the background, a bounded number of times for a bounded number of names. What is given
// up stays right within the cache's own TTL.

import type { Clock, Timer } from '@ringcache/cache-core';

/** Deletes a student's key from the cache; rejects if that is not certain. May be called again for the same name. */
export type Invalidate = (name: string) => Promise<void>;

/** `retrying`: failed, and will be tried again; `given_up`: no more tries, or no room to wait. */
export type InvalidationProblem = (problem: 'retrying' | 'given_up', name: string, cause: unknown) => void;

export interface InvalidationOptions {
  readonly invalidate: Invalidate;
  readonly onProblem: InvalidationProblem;
  readonly clock: Clock;
  /** For one try, in ms, 1,000 by default; the answer to a change waits at most so long. */
  readonly tryMs?: number;
  /** Tries in the background for one name, 10 by default: with the delays below about three minutes. */
  readonly maxRetries?: number;
  /** Names that wait for another try, 1,000 by default; a name beyond is given up at once. */
  readonly maxPending?: number;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

interface Pending {
  retriesLeft: number;
}

export class Invalidation {
  readonly #options: Required<InvalidationOptions>;
  readonly #pending = new Map<string, Pending>();
  #timer: Timer | undefined;
  #delayMs = FIRST_DELAY_MS;
  #closed = false;

  constructor(options: InvalidationOptions) {
    this.#options = { tryMs: 1_000, maxRetries: 10, maxPending: 1_000, ...options };
  }

  /** Names that wait for another try. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Tells the cache of a committed change. Never rejects; resolves after the first try, at most `tryMs`. */
  async changed(name: string): Promise<void> {
    const before = this.#pending.get(name);
    try {
      await this.#try(name);
      this.#forget(name, before); // a delete sent after this commit covers those before it
    } catch (error) {
      this.#enqueue(name, error);
    }
  }

  /** Ends the tries in the background; names that still waited are reported as given up. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const name of this.#pending.keys()) this.#options.onProblem('given_up', name, new Error('shutting down'));
    this.#pending.clear();
  }

  #enqueue(name: string, cause: unknown): void {
    const { maxRetries, maxPending, onProblem } = this.#options;
    const full = this.#pending.size >= maxPending && !this.#pending.has(name);
    if (this.#closed || full || maxRetries === 0) {
      onProblem('given_up', name, cause);
      return;
    }
    // A new object even for a name that waits already: a try that began before this change must not settle it.
    this.#pending.set(name, { retriesLeft: maxRetries });
    onProblem('retrying', name, cause);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#pending.size === 0 || this.#closed) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.#retryAll(), this.#delayMs);
  }

  /** One round at a time, whatever the number of names: a cache that comes back gets each name once. */
  async #retryAll(): Promise<void> {
    const round = [...this.#pending];
    const failures = await Promise.all(round.map(([name, entry]) => this.#retry(name, entry)));
    this.#delayMs = failures.includes(true) ? Math.min(2 * this.#delayMs, MAX_DELAY_MS) : FIRST_DELAY_MS;
    this.#timer = undefined;
    this.#schedule();
  }

  async #retry(name: string, entry: Pending): Promise<boolean> {
    try {
      await this.#try(name);
      this.#forget(name, entry);
      return false;
    } catch (error) {
      entry.retriesLeft--;
      if (entry.retriesLeft <= 0 && this.#forget(name, entry)) this.#options.onProblem('given_up', name, error);
      return true;
    }
  }

  #forget(name: string, entry: Pending | undefined): boolean {
    return entry !== undefined && this.#pending.get(name) === entry && this.#pending.delete(name);
  }

  #try(name: string): Promise<void> {
    const { invalidate, clock, tryMs } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => reject(new Error(`no answer within ${tryMs} ms`)), tryMs);
      // Called inside an async function, so that a throw before its first await is a rejection too.
      (async () => invalidate(name))()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }
}
