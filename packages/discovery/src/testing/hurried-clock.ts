import { type Clock, systemClock, type Timer } from '@ringcache/cache-core';

const STEP_MS = 20; // for each turn of the event loop, so that what is asked meanwhile can be answered, however busy the machine is

interface Waiting {
  readonly due: number;
  readonly callback: () => void;
  timer: Timer;
}

/** The system's time, and more of it when a test wants that: seconds without an answer need not be waited for. */
export class HurriedClock implements Clock {
  readonly #waiting = new Set<Waiting>();
  #aheadMs = 0;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const waiting = { due: this.now() + delayMs, callback } as Waiting;
    this.#waiting.add(waiting);
    this.#arm(waiting);
    return {
      cancel: () => {
        this.#waiting.delete(waiting);
        waiting.timer.cancel();
      },
    };
  }

  /** So much time has passed at once. */
  skip(ms: number): void {
    this.#aheadMs += ms;
    for (const waiting of [...this.#waiting].sort((a, b) => a.due - b.due)) {
      if (!this.#waiting.has(waiting)) continue; // one before it has cancelled it
      waiting.timer.cancel();
      if (waiting.due <= this.now()) this.#fire(waiting);
      else this.#arm(waiting);
    }
  }

  /** Time passes quickly until it holds. The test's own limit ends the wait. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      this.skip(STEP_MS);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #arm(waiting: Waiting): void {
    waiting.timer = systemClock.setTimeout(() => this.#fire(waiting), Math.max(0, waiting.due - this.now()));
  }

  #fire(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.callback();
  }
}
