// Entries that are pushed in one turn of the event loop leave in one message.
//
// The message is cut in setImmediate, not in a microtask: when a message with many answers arrives, the promises that it
// settles run their callers one microtask after the other, and each may ask again; setImmediate comes after the last of
// them, and after whatever else this turn read from other sockets. It costs a lone request nothing that can be measured,
// since the loop has nothing else to do then.

export interface BatchOptions<T> {
  /** Entries in one message, at most. */
  readonly maxEntries: number;
  /** Bytes in one message, at most, unless a single entry has more. */
  readonly maxBytes: number;
  /** Size of an entry in bytes, about. */
  readonly sizeOf: (entry: T) => number;
  /** Sends a message. `false`: hold the rest back until {@link Batch.resume}. Must not throw. */
  readonly send: (entries: readonly T[]) => boolean;
}

/** Keeps order. Not bounded by itself: who pushes bounds what is under way. */
export class Batch<T> {
  readonly #options: BatchOptions<T>;
  #entries: T[] = [];
  #scheduled = false;
  #held = false;

  constructor(options: BatchOptions<T>) {
    this.#options = options;
  }

  /** Entries that have not been sent. */
  get size(): number {
    return this.#entries.length;
  }

  push(entry: T): void {
    this.#entries.push(entry);
    if (this.#scheduled || this.#held) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  /** Goes on after `send` returned false. */
  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#flush();
  }

  /** Forgets what has not been sent, and that it was held back. */
  clear(): void {
    this.#entries = [];
    this.#held = false;
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    while (!this.#held && this.#entries.length > 0) {
      if (!this.#options.send(this.#take())) this.#held = true;
    }
  };

  #take(): T[] {
    const { maxEntries, maxBytes, sizeOf } = this.#options;
    const entries = this.#entries;
    const limit = Math.min(entries.length, maxEntries);
    let count = 0;
    for (let bytes = 0; count < limit; count++) {
      bytes += sizeOf(entries[count]!);
      if (bytes > maxBytes && count > 0) break;
    }
    if (count < entries.length) return entries.splice(0, count);
    this.#entries = [];
    return entries;
  }
}
