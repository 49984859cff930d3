import type { Clock } from '@ringcache/cache-core';

/** Lets through so many a second, and after a quiet time a burst at once; the others wait in turn. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** @param ratePerSecond > 0. @param burst ≥ 1: the most that are saved up. */
  constructor(options: { clock: Clock; ratePerSecond: number; burst: number }) {
    this.#clock = options.clock;
    this.#perMs = options.ratePerSecond / 1_000;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#at = options.clock.now();
  }

  /** Takes one, owed if there is none. @returns how long to wait before going on, in ms. */
  take(): number {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs) - 1;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }
}
