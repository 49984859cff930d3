import { CacheError } from '@ringcache/cache-core';

/** Lets so many in at a time; so many more wait, first come, first served; the rest are refused. */
export class Turnstile {
  readonly #concurrency: number;
  readonly #queue: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(options: { concurrency: number; queue: number }) {
    this.#concurrency = options.concurrency;
    this.#queue = options.queue;
  }

  /** Runs `act` when its turn comes. @throws {CacheError} `overloaded` if too many wait; `deadline` if the signal is first. */
  async pass<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#inside < this.#concurrency) this.#inside++;
    else await this.#turn(signal); // whoever leaves hands its place on: `inside` stays as it is
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#queue) {
      throw new CacheError('overloaded', `the origin is busy: ${this.#inside} loads at work, ${this.#queue} waiting`);
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new CacheError('deadline', 'the load’s time was up before its turn at the origin came'));
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
