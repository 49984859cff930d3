// How long work waits for the event loop, as a distribution since start. perf_hooks.monitorEventLoopDelay has one too, but
// Node.js gives its percentiles alone, of which nobody can make those of a cluster, or of the last five minutes.

import { LatencyHistogram } from '@ringcache/cache-core';

import { type Distribution, durationsOf } from './distribution.js';

const EVERY_MS = 50; // 20 wake-ups a second cost nothing that can be measured; whatever stands still for longer is seen

export class LoopDelay {
  readonly #delays = new LatencyHistogram();
  readonly #timer: NodeJS.Timeout;
  #due: number;

  /** Watches until {@link close}. @param now in ms, monotonic. */
  constructor(now: () => number = () => performance.now()) {
    this.#due = now() + EVERY_MS;
    this.#timer = setInterval(() => {
      const at = now();
      this.#delays.record(at - this.#due);
      this.#due = at + EVERY_MS; // setInterval counts from when it was late, too
    }, EVERY_MS).unref();
  }

  read(): Distribution {
    return durationsOf(this.#delays);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
