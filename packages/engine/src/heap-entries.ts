// Keys and values as JavaScript values, in plain arrays by slot.
//
// A key and its value lie side by side, so that a hit touches one cache line. The arrays are pages that are filled when they
// are made: an array that grows by one is copied now and then (a push at four million entries stops the process for 100 ms).
// The first page doubles up to its size, so that a small cache stays small. Where the most entries is known all pages are made
// at once: V8 then has no growing heap to collect, which takes it 100 ms and more once there are millions of keys.
//
// Whoever misses a key mostly adds it next, so the hash of the last miss is remembered. (Not of every look-up: telling that two
// keys are not the same costs nearly what hashing does.) A hit allocates nothing.
//
// Values are kept as they are given. Bytes that are part of a larger buffer keep all of it alive: whoever cuts values out of
// messages copies them first. (Not done here: to ask a small Uint8Array for its buffer makes V8 allocate one, for 1 µs and 150
// bytes.)
//
// What V8 takes for keys and values is counted as it was found by RSS on 64-bit Node 20, caches of 200 MB and 1 GB with values of
// 16 bytes to 16 KiB evicted half as many again (without what the process takes by itself, some 50 MB, and without what V8 lets
// lie until its next full collection): a key in ASCII takes a byte a character, any other two; a Uint8Array several hundred
// bytes beside its own.

import { Buffer } from 'node:buffer'; // the global is a getter, which every call would run

import type { Entries } from './entries.js';
import { ABSENT } from './entries.js';
import { hashAscii, hashString, RANDOM_SEED } from './key-hash.js';
import { KeyIndex } from './key-index.js';

export interface HeapEntriesOptions<V> {
  /** The most entries that there are ever at once: all is made at once, 16 bytes each. Default: not known, it grows. */
  maxEntries?: number | undefined;
  /** Bytes of a value. Default: measured, of bytes and of strings. */
  sizeOf?: ((value: V) => number) | undefined;
  /** Of the hash; 32 bits. Default {@link RANDOM_SEED}. */
  seed?: number | undefined;
}

const PAGE_BITS = 13; // 8,192 slots, 128 KiB
const FIRST_SLOTS = 64;
const PAGE_SLOTS = 2 ** PAGE_BITS;
const PAGE_MASK = PAGE_SLOTS - 1;

const WIDTH = 2; // elements a slot: key, value
const VALUE = 1;

const INDEX_BYTES = 15; // hash, and the table at its emptiest
const STRING_BYTES = 24; // header, and the length rounded up to 8
const SMALL_ARRAY = 64; // bytes; V8 keeps so few within the array's own object
const SMALL_ARRAY_BYTES = 256;
const LARGE_ARRAY_BYTES = 488; // the buffer's object, what V8 keeps of it elsewhere, malloc's headers and holes
const BUFFER_SLACK = 1 / 16; // what has left and is not collected yet

export class HeapEntries<V> implements Entries<V> {
  readonly overheadBytes = INDEX_BYTES + 8 * WIDTH + STRING_BYTES;
  readonly #index: KeyIndex;
  readonly #sizeOf: ((value: V) => number) | undefined;
  readonly #seed: number;
  readonly #makePages: () => (string | V | undefined)[][];
  #pages: (string | V | undefined)[][];
  #missedKey = '';
  #missedHash: number;

  constructor({ maxEntries, sizeOf, seed = RANDOM_SEED }: HeapEntriesOptions<V> = {}) {
    this.#index = new KeyIndex({ maxEntries });
    this.#makePages = () => emptyPages(maxEntries);
    this.#pages = this.#makePages();
    this.#sizeOf = sizeOf;
    this.#seed = seed;
    this.#missedHash = hashString(this.#missedKey, seed);
  }

  get size(): number {
    return this.#index.size;
  }

  get slots(): number {
    return this.#index.slots;
  }

  find(key: string): number {
    const hash = hashString(key, this.#seed);
    const pages = this.#pages;
    let slot = this.#index.first(hash);
    while (slot !== 0) {
      if (pages[slot >>> PAGE_BITS]![WIDTH * (slot & PAGE_MASK)] === key) return slot;
      slot = this.#index.next(hash);
    }
    this.#missedKey = key;
    this.#missedHash = hash;
    return 0;
  }

  /** Makes a string of the key only if it is not ASCII. */
  findBytes(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashAscii(bytes, start, end, this.#seed);
    if (hash === undefined) return this.#findDecoded(bytes.subarray(start, end));
    let slot = this.#index.first(hash);
    while (slot !== 0 && !isText(this.keyAt(slot), bytes, start, end)) slot = this.#index.next(hash);
    return slot;
  }

  add(key: string, value: V): number {
    const slot = this.#index.add(this.hashOf(key));
    const page = this.#page(slot);
    const at = WIDTH * (slot & PAGE_MASK);
    page[at] = key;
    page[at + VALUE] = value;
    return slot;
  }

  replace(slot: number, value: V): void {
    this.#pages[slot >>> PAGE_BITS]![WIDTH * (slot & PAGE_MASK) + VALUE] = value;
  }

  remove(slot: number): void {
    this.#index.remove(slot);
    const page = this.#pages[slot >>> PAGE_BITS]!;
    const at = WIDTH * (slot & PAGE_MASK);
    page[at] = undefined;
    page[at + VALUE] = undefined;
  }

  keyAt(slot: number): string {
    return this.#key(slot) as string;
  }

  valueAt(slot: number): V {
    return this.#pages[slot >>> PAGE_BITS]![WIDTH * (slot & PAGE_MASK) + VALUE] as V;
  }

  isAbsent(slot: number): boolean {
    return (this.valueAt(slot) as unknown) === ABSENT;
  }

  lengthAt(slot: number): number {
    return bytesAt(this.valueAt(slot)).length;
  }

  copyValue(slot: number, target: Uint8Array, at: number): void {
    target.set(bytesAt(this.valueAt(slot)), at);
  }

  hashAt(slot: number): number {
    return this.#index.hashAt(slot);
  }

  hashOf(key: string): number {
    return key === this.#missedKey ? this.#missedHash : hashString(key, this.#seed);
  }

  has(slot: number): boolean {
    return this.#key(slot) !== undefined;
  }

  /** @throws {TypeError} for a value that is neither bytes nor a string, without a `sizeOf`. */
  bytesOf(key: string, value: V): number {
    return stringBytes(key) + (this.#sizeOf === undefined ? bytesOfValue(value) : this.#sizeOf(value));
  }

  clear(): void {
    this.#index.clear();
    this.#pages = this.#makePages();
  }

  #findDecoded(key: Uint8Array): number {
    const { buffer, byteOffset, byteLength } = key;
    const text = Buffer.from(buffer, byteOffset, byteLength).toString();
    if (text.includes('\ufffd') && Buffer.compare(Buffer.from(text), key) !== 0) return 0; // it was no UTF-8
    return this.find(text);
  }

  #key(slot: number): string | V | undefined {
    return this.#pages[slot >>> PAGE_BITS]![WIDTH * (slot & PAGE_MASK)];
  }

  /** The page that holds a new slot, made or made longer where needed. */
  #page(slot: number): (string | V | undefined)[] {
    const number = slot >>> PAGE_BITS;
    const page = this.#pages[number];
    if (page !== undefined && WIDTH * (slot & PAGE_MASK) < page.length) return page;
    const longer = emptyPage<string | V | undefined>(
      page === undefined ? PAGE_SLOTS : Math.min(PAGE_SLOTS, (2 * page.length) / WIDTH),
    );
    if (page !== undefined) for (let at = 0; at < page.length; at++) longer[at] = page[at];
    this.#pages[number] = longer;
    return longer;
  }
}

function emptyPages<E>(maxEntries: number | undefined): (E | undefined)[][] {
  if (maxEntries === undefined) return [emptyPage(FIRST_SLOTS)];
  const pages: (E | undefined)[][] = [];
  for (let slots = maxEntries + 1; slots > 0; slots -= PAGE_SLOTS) pages.push(emptyPage(Math.min(slots, PAGE_SLOTS)));
  return pages;
}

function emptyPage<E>(slots: number): (E | undefined)[] {
  return new Array<E | undefined>(WIDTH * slots).fill(undefined);
}

/** Whether the ASCII bytes from start to end are this text. */
function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = text;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

function bytesAt(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`a value is ${typeof value}, not bytes`);
}

function bytesOfValue(value: unknown): number {
  if (value === ABSENT) return 0;
  if (value instanceof Uint8Array) return arrayBytes(value.byteLength);
  if (typeof value === 'string') return stringBytes(value) + STRING_BYTES;
  throw new TypeError(
    `a limit in bytes needs sizeOf for values that are neither bytes nor strings, got ${typeof value}`,
  );
}

function arrayBytes(length: number): number {
  if (length <= SMALL_ARRAY) return length + SMALL_ARRAY_BYTES;
  return Math.ceil(length * (1 + BUFFER_SLACK)) + LARGE_ARRAY_BYTES;
}

/**
 * The characters as V8 keeps them, at most: a byte each, or two if one of them is beyond U+00FF. ASCII is told by its length in
 * UTF-8, which Node has a fast path for; what is beyond it is taken to need two.
 */
function stringBytes(text: string): number {
  const { length } = text;
  return Buffer.byteLength(text) === length ? length : 2 * length;
}
