import type { Clock } from '@ringcache/cache-core';

export interface TokenBucketOptions {
  clock: Clock;
  /** > 0. */
  ratePerSecond: number;
  /** ≥ 1: the most that are saved up in a quiet time. */
  burst: number;
}

/** Lets through so many a second, and after a quiet time a burst at once; what is over waits in turn, or is refused. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(options: TokenBucketOptions) {
    this.#clock = options.clock;
    this.#perMs = options.ratePerSecond / 1_000;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#at = options.clock.now();
  }

  /** Takes one, owed if there is none. @returns how long to wait before going on, in ms. */
  take(): number {
    this.#refill();
    this.#tokens--;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }

  /**
   * In how many ms so many are there; 0: now. More than the burst are never there at once: then it has to be full.
   * Takes none.
   */
  missingFor(count: number): number {
    this.#refill();
    return Math.max(0, Math.min(count, this.#burst) - this.#tokens) / this.#perMs;
  }

  /** Takes so many, even if they are not there: what is owed is missing later. */
  spend(count: number): void {
    this.#refill();
    this.#tokens -= count;
  }

  #refill(): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
