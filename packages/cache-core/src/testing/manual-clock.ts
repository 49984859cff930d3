import type { Clock, Timer } from '../contracts.js';

interface Due {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** A clock that stands still until a test moves it; timers fire in order, and what they set off has run before the next. */
export class ManualClock implements Clock {
  #now = 0;
  #order = 0;
  #pending = 0;
  readonly #heap: Due[] = []; // the earliest first; those cancelled stay until it is their turn

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const due: Due = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#pending++;
    this.#push(due);
    return {
      cancel: () => {
        if (due.callback !== undefined) this.#pending--;
        due.callback = undefined;
      },
    };
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#pending;
  }

  /** Moves time on by `ms`, firing what falls due on the way, and resolves when all that has settled. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settled();
    for (let due = this.#heap[0]; due !== undefined && due.at <= target; due = this.#heap[0]) {
      this.#pop();
      const { callback } = due;
      if (callback === undefined) continue;
      due.callback = undefined;
      this.#pending--;
      this.#now = Math.max(this.#now, due.at);
      callback();
      await settled();
    }
    this.#now = Math.max(this.#now, target);
  }

  /** Moves time on with no timer fired, as for a process that was stopped and has just been woken. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let i = heap.push(due) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isEarlier(due, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
      if (!isEarlier(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function isEarlier(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Resolves once every promise that can settle without time or I/O has: an immediate runs after all microtasks. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
