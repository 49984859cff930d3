// Keys and values as bytes, outside V8's heap: the garbage collector has an index, some thousand segments and no entry to look
// at, however many there are. Keys are UTF-8 and are compared where they lie, so that one that arrives in bytes need not become
// a string.
//
// What is read is copied out, since cells move and are used again; copyValue() spares who writes a message the copy between.

import type { Entries } from './entries.js';
import { hashBytes, RANDOM_SEED } from './key-hash.js';
import { KeyIndex } from './key-index.js';
import { KeyScratch } from './key-scratch.js';
import { Records } from './records.js';
import { SLACK, SPARE } from './segments.js';
import { MIN_CELL_BYTES } from './size-classes.js';

export interface SlabEntriesOptions {
  /** The limit of the cache, bytes; says how large segments are, and may be exceeded. Default: not known. */
  maxBytes?: number | undefined;
  /** The most entries that there are ever at once: all arrays are reserved. Default: not known, they grow. */
  maxEntries?: number | undefined;
  /** Of the hash; 32 bits. Default {@link RANDOM_SEED}. */
  seed?: number | undefined;
}

const SEGMENTS = 2048; // at least, in a full cache: a part-filled one for each of the 40 to 90 classes is 2 % of it on average
const MIN_SEGMENT_BYTES = 4096; // its objects on the heap are a tenth of that
const MAX_SEGMENT_BYTES = 2 ** 24;
const DEFAULT_SEGMENT_BYTES = 2 ** 18;
const SEGMENT_OBJECT_BYTES = 450; // two views, the buffer, what V8 keeps of it elsewhere, malloc's header
const PART_FILLED = 1 / 32; // what segments that have room still, and the one that is drained, add

const INDEX_BYTES = 15; // hash, and the table at its emptiest
const CELL_BYTES = 4; // where the record is
const OVERHEAD_BYTES = INDEX_BYTES + 2 * CELL_BYTES; // of an array that has been doubled the rest may be resident
const LEAST_BYTES = OVERHEAD_BYTES + MIN_CELL_BYTES; // an entry takes
const MAX_RESERVED = 2 ** 26; // slots, where the most entries is not known: 256 MiB, of addresses only

export class SlabEntries implements Entries<Uint8Array> {
  readonly overheadBytes = OVERHEAD_BYTES;
  readonly #index: KeyIndex;
  readonly #makeRecords: () => Records;
  /** Bytes that the process holds for each byte of a cell. */
  readonly #heldPerByte: number;
  readonly #seed: number;
  readonly #key = new KeyScratch();
  #hash: number;
  #records: Records;

  constructor({ maxBytes = Number.POSITIVE_INFINITY, maxEntries, seed = RANDOM_SEED }: SlabEntriesOptions = {}) {
    const segmentBytes = segmentBytesFor(maxBytes);
    const reserved = maxEntries ?? Math.ceil(Math.min(maxBytes / LEAST_BYTES, MAX_RESERVED));
    this.#makeRecords = () => new Records(segmentBytes, reserved);
    this.#heldPerByte = (1 + SLACK + SPARE + PART_FILLED) * (1 + SEGMENT_OBJECT_BYTES / segmentBytes);
    this.#index = new KeyIndex({ maxEntries });
    this.#records = this.#makeRecords();
    this.#seed = seed;
    this.#hash = hashBytes(this.#key.bytes, 0, seed);
  }

  get size(): number {
    return this.#index.size;
  }

  get slots(): number {
    return this.#index.slots;
  }

  /** Bytes of all segments, holes and spares included; of one that is not full yet the system has given a part only. */
  get heldBytes(): number {
    return this.#records.heldBytes;
  }

  find(key: string): number {
    this.#load(key);
    return this.#look();
  }

  findBytes(bytes: Uint8Array, start: number, end: number): number {
    this.#key.loadBytes(bytes, start, end);
    this.#hash = hashBytes(this.#key.bytes, this.#key.length, this.#seed);
    return this.#look();
  }

  /** @throws {RangeError} no more memory, 64 GiB are full, or a value of 2 GiB; nothing is added. */
  add(key: string, value: Uint8Array): number {
    this.#load(key);
    const slot = this.#index.add(this.#hash);
    try {
      this.#records.add(slot, this.#key, value);
    } catch (error) {
      this.#index.remove(slot);
      throw error;
    }
    return slot;
  }

  /** @throws {RangeError} as with {@link add}; the value is the former one. */
  replace(slot: number, value: Uint8Array): void {
    this.#records.replace(slot, value, this.#key);
  }

  remove(slot: number): void {
    this.#records.remove(slot);
    this.#index.remove(slot);
  }

  keyAt(slot: number): string {
    this.#records.loadKey(slot, this.#key);
    return this.#key.bytes.toString('utf8', 0, this.#key.length);
  }

  /** A copy. */
  valueAt(slot: number): Uint8Array {
    return this.#records.valueAt(slot);
  }

  isAbsent(slot: number): boolean {
    return this.#records.isAbsent(slot);
  }

  lengthAt(slot: number): number {
    return this.#records.valueLength(slot);
  }

  copyValue(slot: number, target: Uint8Array, at: number): void {
    this.#records.copyValue(slot, target, at);
  }

  hashAt(slot: number): number {
    return this.#index.hashAt(slot);
  }

  hashOf(key: string): number {
    this.#load(key);
    return this.#hash;
  }

  has(slot: number): boolean {
    return this.#records.has(slot);
  }

  /** What the cells cost, and their part of holes, spares and part-filled segments. Fastest right before or after {@link find}. */
  bytesOf(key: string, value: Uint8Array): number {
    this.#load(key);
    return Math.ceil(this.#records.costOf(this.#key.length, value) * this.#heldPerByte);
  }

  clear(): void {
    this.#index.clear();
    this.#records = this.#makeRecords();
  }

  #load(key: string): void {
    if (this.#key.load(key)) this.#hash = hashBytes(this.#key.bytes, this.#key.length, this.#seed);
  }

  #look(): number {
    let slot = this.#index.first(this.#hash);
    while (slot !== 0 && !this.#records.isKey(slot, this.#key)) slot = this.#index.next(this.#hash);
    return slot;
  }
}

function segmentBytesFor(maxBytes: number): number {
  if (maxBytes === Number.POSITIVE_INFINITY) return DEFAULT_SEGMENT_BYTES;
  const share = 2 ** Math.floor(Math.log2(maxBytes / SEGMENTS));
  return Math.min(MAX_SEGMENT_BYTES, Math.max(MIN_SEGMENT_BYTES, share));
}
