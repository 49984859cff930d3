import { CacheError } from '@ringcache/cache-core';

import type { Patience } from './patience.js';

interface Waiter {
  readonly go: () => void;
}

/**
 * So many calls at once and no more; a bounded number waits, first come, first served. An Agent's own queue will not do: it
 * has no end, and a request that is given up in it stays until a socket is free.
 */
export class Slots {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Waiter>(); // in order of arrival; who gives up leaves from anywhere
  #free: number;

  constructor(slots: number, maxWaiting: number) {
    this.#free = slots;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Takes a slot; undefined: there was one.
   * @throws {CacheError} `overloaded`: too many wait already. Rejects when the call is over first.
   */
  take(patience: Patience): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    if (this.#waiting.size >= this.#maxWaiting) {
      throw new CacheError('overloaded', `${this.#maxWaiting} calls wait for this member already`);
    }
    return new Promise((resolve, reject) => {
      const waiter = { go: resolve };
      this.#waiting.add(waiter);
      patience.onEnd = (why) => {
        if (this.#waiting.delete(waiter)) reject(why);
      };
    });
  }

  /** Gives a slot back. */
  release(): void {
    const next = this.#waiting.values().next().value;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next.go();
  }
}
