// Entries of one turn of the event loop leave in one message. Each is encoded as it comes, straight into the message.
//
// The message is cut in setImmediate, not in a microtask: when a message with many answers arrives, the promises that it
// settles run their callers one microtask after the other, and each may ask again; setImmediate comes after the last of
// them, and after whatever else this turn read from other sockets. It costs a lone request nothing that can be measured,
// since the loop has nothing else to do then.

import { WireWriter } from './wire-writer.js';

export interface BatchOptions {
  /** Entries in one message, at most. */
  readonly maxEntries: number;
  /** Bytes in one message, at most, as they are announced, unless a single entry has more. */
  readonly maxBytes: number;
  /** Writes what a message has before its entries: {@link HEAD_BYTES} at most, or it reserves more. */
  readonly begin: (writer: WireWriter) => void;
  /** Sends a message. `false`: hold the rest back until {@link Batch.resume}. Must not throw. */
  readonly send: (message: Buffer, entries: number) => boolean;
}

interface Message {
  readonly bytes: Buffer;
  readonly entries: number;
}

export const HEAD_BYTES = 512; // of a message: a protocol, a ring's fingerprint
const LEAST_BYTES = 2_048; // reserved for a message
const MOST_BYTES = 65_536; // and beyond that when it is needed

/** Keeps order. Not bounded by itself: who pushes bounds what is under way. */
export class Batch {
  readonly #options: BatchOptions;
  #open: WireWriter | undefined;
  #entries = 0; // in the open message
  #lastAt = 0; // where its last entry begins
  #cut: Message[] = [];
  #size = 0;
  #cutBytes = 0;
  #likelyBytes = LEAST_BYTES;
  #scheduled = false;
  #held = false;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  /** Entries that have not been sent. */
  get size(): number {
    return this.#size;
  }

  /** What they take. */
  get bytes(): number {
    return this.#cutBytes + (this.#open?.length ?? 0);
  }

  /** The other side takes no more at present: what is pushed now waits here. */
  get isHeld(): boolean {
    return this.#held;
  }

  /** Where the next entry, of so many bytes at most, is to be written: at once, before anything else is pushed. */
  entry(bytes: number): WireWriter {
    const { maxEntries, maxBytes } = this.#options;
    let writer = this.#open;
    if (writer !== undefined && (this.#entries >= maxEntries || writer.length + bytes > maxBytes)) {
      this.#close(writer);
      writer = undefined;
    }
    writer ??= this.#begin();
    writer.reserve(bytes);
    this.#lastAt = writer.length;
    this.#entries++;
    this.#size++;
    if (!this.#scheduled && !this.#held) {
      this.#scheduled = true;
      setImmediate(this.#flush);
    }
    return writer;
  }

  /** Takes back the entry that {@link entry} made room for last: it could not be written. */
  undo(): void {
    this.#open!.truncate(this.#lastAt);
    this.#entries--;
    this.#size--;
  }

  /** Goes on after `send` returned false. */
  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#flush();
  }

  /** Forgets what has not been sent, and that it was held back. */
  clear(): void {
    this.#open = undefined;
    this.#entries = 0;
    this.#cut = [];
    this.#cutBytes = 0;
    this.#size = 0;
    this.#held = false;
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#held) return;
    if (this.#open !== undefined) this.#close(this.#open);
    for (let message = this.#cut.shift(); message !== undefined; message = this.#cut.shift()) {
      this.#size -= message.entries;
      this.#cutBytes -= message.bytes.length;
      if (this.#options.send(message.bytes, message.entries)) continue;
      this.#held = true;
      break;
    }
  };

  #begin(): WireWriter {
    const writer = new WireWriter(this.#likelyBytes);
    writer.reserve(HEAD_BYTES);
    this.#options.begin(writer);
    this.#open = writer;
    return writer;
  }

  #close(writer: WireWriter): void {
    const bytes = writer.finish();
    // Messages are mostly like the last.
    this.#likelyBytes = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, bytes.length + (bytes.length >> 2)));
    this.#cut.push({ bytes, entries: this.#entries });
    this.#cutBytes += bytes.length;
    this.#open = undefined;
    this.#entries = 0;
  }
}
