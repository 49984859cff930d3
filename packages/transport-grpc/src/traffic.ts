import type { Door } from '@ringcache/cache-core';

import type { BatchSizes } from './batch-sizes.js';

/** `idle`: once what is in flight on it is done; `now`: at once. */
export type EndStream = (when: 'idle' | 'now') => void;

/** What a server has in hand: so that it can take no more, and wait for the rest. */
export class Traffic {
  /** Who is let in; undefined: everybody. */
  readonly door: Door | undefined;
  /** Counts what messages of pipes carry; undefined: nobody does. */
  readonly batchSizes: BatchSizes | undefined;
  #count = 0;
  #stopped = false;
  readonly #streams = new Set<EndStream>();
  readonly #onIdle = new Set<() => void>();

  constructor(door?: Door, batchSizes?: BatchSizes) {
    this.door = door;
    this.batchSizes = batchSizes;
  }

  /** What arrives from here on is to be refused. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Counts a call in, or a stream, which has to be told to end.
   * @returns what counts it out; to be called once.
   */
  enter(end?: EndStream): () => void {
    this.#count++;
    if (end !== undefined) this.#streams.add(end);
    return () => {
      this.#count--;
      if (end !== undefined) this.#streams.delete(end);
      if (this.#count === 0) for (const idle of this.#onIdle) idle();
    };
  }

  stop(when: 'idle' | 'now'): void {
    this.#stopped = true;
    for (const end of [...this.#streams]) end(when);
  }

  /** Resolves when nothing is in hand any more, or when the time is up. */
  idle(timeoutMs: number): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#onIdle.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#onIdle.add(finish);
    });
  }
}
