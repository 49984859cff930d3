import { CacheError, type Clock, type Timer } from '@ringcache/cache-core';

/** One wait at a time, which can be cut short; cut before it begins, it does not begin. */
export class Pause {
  readonly #clock: Clock;
  #cut = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => this.cut(), Math.max(0, delayMs));
      this.#wake = () => {
        timer.cancel();
        this.#wake = undefined;
        this.#cut = false;
        resolve();
      };
      if (this.#cut) this.#wake();
    });
  }

  cut(): void {
    this.#cut = true;
    this.#wake?.();
  }
}

/**
 * The outcome of `work`, or `deadline` after `limitMs`. The work itself goes on; its late outcome is dropped, so that a
 * promise that never settles, and one that rejects when nobody waits any more, do no harm.
 */
export function limited<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer: Timer = clock.setTimeout(
      () => reject(new CacheError('deadline', `no answer in ${Math.round(limitMs)} ms`)),
      Math.max(0, limitMs),
    );
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Growing delays with jitter, so that members that lost etcd together do not come back together. */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: { baseMs: number; maxMs: number; random: () => number }) {
    this.#baseMs = options.baseMs;
    this.#maxMs = options.maxMs;
    this.#random = options.random;
  }

  /** Between half of and the whole of `baseMs` doubled per failure since the last `reset()`, at most `maxMs`. */
  next(): number {
    const wholeMs = Math.min(this.#maxMs, this.#baseMs * 2 ** this.#failures);
    if (wholeMs < this.#maxMs) this.#failures++;
    return wholeMs * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
