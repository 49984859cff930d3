import { CacheError } from '@ringcache/cache-core';

/** Lets so many in at a time; so many more wait, first come, first served; the rest are refused. */
export class Turnstile {
  readonly #limits: () => { readonly concurrency: number; readonly queue: number };
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /** @param limits asked each time, since they may change. */
  constructor(limits: () => { readonly concurrency: number; readonly queue: number }) {
    this.#limits = limits;
  }

  /** Runs `act` when its turn comes. @throws {CacheError} `overloaded` if too many wait; `deadline` if the signal is first. */
  async pass<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#admit();
    if (this.#inside < this.#limits().concurrency) this.#inside++;
    else await this.#turn(signal);
    try {
      return await act();
    } finally {
      this.#inside--;
      this.#admit();
    }
  }

  /** Those who wait, while there is room; more of them at once where there is more room than before. */
  #admit(): void {
    while (this.#waiting.length > 0 && this.#inside < this.#limits().concurrency) {
      this.#inside++;
      this.#waiting.shift()!();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { queue } = this.#limits();
    if (this.#waiting.length >= queue) {
      throw new CacheError('overloaded', `the origin is busy: ${this.#inside} loads at work, ${queue} waiting`);
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
