import type { Clock, Timer } from '../contracts.js';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it; timers fire in order, and what they set off has run before the next. */
export class ManualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #due = new Set<Due>();

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const due: Due = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#due.add(due);
    return { cancel: () => void this.#due.delete(due) };
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#due.size;
  }

  /** Moves time on by `ms`, firing what falls due on the way, and resolves when all that has settled. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settled();
    for (let due = this.#next(target); due !== undefined; due = this.#next(target)) {
      this.#due.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await settled();
    }
    this.#now = target;
  }

  #next(target: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (due.at > target) continue;
      if (first === undefined || due.at < first.at || (due.at === first.at && due.order < first.order)) first = due;
    }
    return first;
  }
}

/** Resolves once every promise that can settle without time or I/O has: an immediate runs after all microtasks. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
