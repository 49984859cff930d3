// Load shedding by queue time. What waits to be worked on in Node.js waits in the event loop and in the socket's buffers; how
// late a timer is tells for how long. As with CoDel (Nichols & Jacobson, 2012) it is the least of an interval that counts: a
// queue that empties now and then is a burst, one that never does is too much work, and it can only get longer. Then a part
// of the requests is refused, and more from interval to interval, until the queue is short again.

import type { Clock, Timer } from '@ringcache/cache-core';

export interface SheddingOptions {
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Queue time that is put up with, in ms. */
  readonly targetMs: number;
}

const SAMPLE_MS = 20;
const INTERVAL_MS = 100;
const MIN_SAMPLES = 3; // after one long pause, such as the garbage collector's, there is but a single late one
const MORE = 0.1; // of all requests, an interval
const LESS = 0.5; // of what was refused, an interval
const MOST = 0.95; // some go on, by which it is seen that the queue is short again

export class Shedding {
  readonly #options: SheddingOptions;
  #timer: Timer | undefined;
  #leastMs = Number.POSITIVE_INFINITY;
  #samples = 0;
  #intervalEndsAt: number;
  #share = 0;

  constructor(options: SheddingOptions) {
    this.#options = options;
    this.#intervalEndsAt = options.clock.now() + INTERVAL_MS;
    this.#sample();
  }

  /** The part of requests that is refused, 0 to 1. */
  get share(): number {
    return this.#share;
  }

  /** Whether to refuse this one. */
  refuses(): boolean {
    return this.#share > 0 && this.#options.random() < this.#share;
  }

  /** When it is worth to try again, in ms: once the part that is refused has had time to fall. */
  get retryAfterMs(): number {
    return INTERVAL_MS * (1 + this.#share * 10);
  }

  /** Takes note of a queue time. */
  observe(queueMs: number): void {
    this.#leastMs = Math.min(this.#leastMs, queueMs);
    this.#samples++;
    const now = this.#options.clock.now();
    if (now < this.#intervalEndsAt || this.#samples < MIN_SAMPLES) return;
    this.#share =
      this.#leastMs > this.#options.targetMs ? Math.min(MOST, this.#share + MORE) : shrunk(this.#share * LESS);
    this.#leastMs = Number.POSITIVE_INFINITY;
    this.#samples = 0;
    this.#intervalEndsAt = now + INTERVAL_MS;
  }

  close(): void {
    this.#timer?.cancel();
  }

  #sample(): void {
    const { clock } = this.#options;
    const dueAt = clock.now() + SAMPLE_MS;
    this.#timer = clock.setTimeout(() => {
      this.observe(Math.max(0, clock.now() - dueAt));
      this.#sample();
    }, SAMPLE_MS);
  }
}

function shrunk(share: number): number {
  return share < 0.01 ? 0 : share;
}
