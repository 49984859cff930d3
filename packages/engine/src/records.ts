// Keys and values by slot, in cells of segments.
//
//   owner (the slot), key length << 17 | value length, key padded to a word, value
//
// What is longer than the largest small cell, or has too long a key for that word, is a chain of cells.

import { Chains, LONG } from './chains.js';
import { ABSENT } from './entries.js';
import type { KeyScratch } from './key-scratch.js';
import { mapped } from './mapped.js';
import { Segments } from './segments.js';

const LENGTHS = 1; // words of a cell
const KEY = 2;
const HEADER_BYTES = 8;
const WORD_BYTES = 4;

const VALUE_BITS = 17; // twice what a small cell has room for, so that ABSENT has a length of its own
const NO_VALUE = 2 ** VALUE_BITS - 1; // the length of ABSENT
const MAX_COPIED_BY_BYTE = 32; // beyond, the view that a native copy needs is cheaper
const MAX_KEY_BYTES = 2 ** (31 - VALUE_BITS) - 1; // the lengths are above 0, which LONG is not

export class Records {
  readonly #segments: Segments;
  readonly #chains: Chains;
  /** By slot the record's first cell; 0: none. */
  #cells: Int32Array;

  /**
   * @param segmentBytes a power of two from 1,024.
   * @param reserved the highest slot to reserve memory for; beyond it the array is copied into one twice as long.
   */
  constructor(segmentBytes: number, reserved: number) {
    this.#segments = new Segments(segmentBytes, (slot, from, to) => this.#moved(slot, from, to));
    this.#chains = new Chains(this.#segments);
    this.#cells = cellsFor(reserved + 1);
  }

  get heldBytes(): number {
    return this.#segments.heldBytes;
  }

  has(slot: number): boolean {
    return slot > 0 && slot < this.#cells.length && this.#cells[slot] !== 0;
  }

  /** What cells cost a key of so many bytes and a value, in bytes. */
  costOf(keyLength: number, value: Uint8Array): number {
    const bytes = smallBytes(keyLength, value);
    const { classes } = this.#segments;
    if (this.#isSmall(keyLength, bytes)) return classes.costOf(classes.classOf(bytes));
    return this.#chains.costOf(padded(keyLength), value.length);
  }

  /** Fills a slot that has nothing. @throws {RangeError} no more memory; the slot has nothing. */
  add(slot: number, key: KeyScratch, value: Uint8Array): void {
    if (slot >= this.#cells.length) this.#grow(slot);
    this.#cells[slot] = this.#write(slot, key, value);
  }

  /**
   * Another value for the same key.
   * @param scratch its contents may be replaced.
   * @throws {RangeError} no more memory; the value is the former one.
   */
  replace(slot: number, value: Uint8Array, scratch: KeyScratch): void {
    const former = this.#cells[slot]!;
    if (this.#overwrite(former, value)) return;
    this.loadKey(slot, scratch);
    this.#cells[slot] = this.#write(slot, scratch, value);
    this.#free(former);
  }

  remove(slot: number): void {
    const cell = this.#cells[slot]!;
    this.#cells[slot] = 0;
    this.#free(cell);
  }

  isKey(slot: number, key: KeyScratch): boolean {
    const cell = this.#cells[slot]!;
    const { words } = this.#segments.segmentOf(cell);
    const at = this.#segments.wordOf(cell);
    const lengths = words[at + LENGTHS]!;
    if (lengths === LONG) return this.#chains.isKey(cell, key);
    if (lengths >>> VALUE_BITS !== key.length) return false;
    const wanted = key.words;
    for (let i = key.wordCount - 1; i >= 0; i--) if (words[at + KEY + i] !== wanted[i]) return false; // ends differ most
    return true;
  }

  loadKey(slot: number, scratch: KeyScratch): void {
    const cell = this.#cells[slot]!;
    const lengths = this.#lengths(cell);
    const length = lengths === LONG ? this.#chains.keyLength(cell) : lengths >>> VALUE_BITS;
    scratch.reserve(length);
    if (lengths === LONG) this.#chains.copyKey(cell, scratch.bytes);
    else this.#copyKey(cell, length, scratch.bytes);
    scratch.length = length;
    scratch.pad();
  }

  isAbsent(slot: number): boolean {
    const cell = this.#cells[slot]!;
    const lengths = this.#lengths(cell);
    return lengths === LONG ? this.#chains.isAbsent(cell) : (lengths & NO_VALUE) === NO_VALUE;
  }

  /** 0 for ABSENT. */
  valueLength(slot: number): number {
    const cell = this.#cells[slot]!;
    const lengths = this.#lengths(cell);
    if (lengths === LONG) return this.#chains.valueLength(cell);
    const length = lengths & NO_VALUE;
    return length === NO_VALUE ? 0 : length;
  }

  /** A copy; ABSENT itself. */
  valueAt(slot: number): Uint8Array {
    const cell = this.#cells[slot]!;
    const { words, bytes } = this.#segments.segmentOf(cell);
    const at = this.#segments.wordOf(cell);
    const lengths = words[at + LENGTHS]!;
    if (lengths === LONG) return this.#longValue(slot);
    const length = lengths & NO_VALUE;
    if (length === NO_VALUE) return ABSENT;
    const start = WORD_BYTES * at + HEADER_BYTES + padded(lengths >>> VALUE_BITS);
    return bytes.slice(start, start + length);
  }

  /** The target must be long enough. */
  copyValue(slot: number, target: Uint8Array, at: number): void {
    const cell = this.#cells[slot]!;
    const lengths = this.#lengths(cell);
    if (lengths === LONG) {
      this.#chains.copyValue(cell, target, at);
      return;
    }
    const { bytes } = this.#segments.segmentOf(cell);
    const start = WORD_BYTES * this.#segments.wordOf(cell) + HEADER_BYTES + padded(lengths >>> VALUE_BITS);
    const length = this.valueLength(slot);
    if (length > MAX_COPIED_BY_BYTE) target.set(bytes.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) target[at + i] = bytes[start + i]!;
  }

  #longValue(slot: number): Uint8Array {
    if (this.isAbsent(slot)) return ABSENT;
    const value = new Uint8Array(this.valueLength(slot));
    this.copyValue(slot, value, 0);
    return value;
  }

  #isSmall(keyLength: number, bytes: number): boolean {
    return keyLength <= MAX_KEY_BYTES && bytes <= this.#segments.classes.maxSmallBytes;
  }

  #write(slot: number, key: KeyScratch, value: Uint8Array): number {
    const bytes = smallBytes(key.length, value);
    if (!this.#isSmall(key.length, bytes)) return this.#chains.add(slot, key, value === ABSENT ? undefined : value);
    const cell = this.#segments.take(this.#segments.classes.classOf(bytes), slot);
    const { words } = this.#segments.segmentOf(cell);
    const at = this.#segments.wordOf(cell);
    words[at + LENGTHS] = key.length << VALUE_BITS;
    for (let i = 0; i < key.wordCount; i++) words[at + KEY + i] = key.words[i]!;
    this.#writeValue(cell, key.length, value);
    return cell;
  }

  /** Puts the value in place of one that takes a cell of the same size. @returns false: it does not. */
  #overwrite(cell: number, value: Uint8Array): boolean {
    const lengths = this.#lengths(cell);
    if (lengths === LONG) return false;
    const keyLength = lengths >>> VALUE_BITS;
    const bytes = smallBytes(keyLength, value);
    if (!this.#isSmall(keyLength, bytes)) return false;
    if (this.#segments.classes.classOf(bytes) !== this.#segments.segmentOf(cell).sizeClass) return false;
    this.#writeValue(cell, keyLength, value);
    return true;
  }

  #writeValue(cell: number, keyLength: number, value: Uint8Array): void {
    const { words, bytes } = this.#segments.segmentOf(cell);
    const at = this.#segments.wordOf(cell);
    words[at + LENGTHS] = (keyLength << VALUE_BITS) | (value === ABSENT ? NO_VALUE : value.length);
    bytes.set(value, WORD_BYTES * at + HEADER_BYTES + padded(keyLength));
  }

  #free(cell: number): void {
    if (this.#lengths(cell) === LONG) this.#chains.free(cell);
    else this.#segments.free(cell);
    this.#segments.settle();
  }

  #moved(slot: number, from: number, to: number): void {
    const first = this.#cells[slot]!;
    if (first === from) this.#cells[slot] = to;
    else this.#chains.relink(first, from, to);
  }

  #lengths(cell: number): number {
    return this.#segments.segmentOf(cell).words[this.#segments.wordOf(cell) + LENGTHS]!;
  }

  #copyKey(cell: number, length: number, target: Uint8Array): void {
    const start = WORD_BYTES * (this.#segments.wordOf(cell) + KEY);
    target.set(this.#segments.segmentOf(cell).bytes.subarray(start, start + length));
  }

  #grow(slot: number): void {
    const cells = cellsFor(Math.max(slot + 1, 2 * this.#cells.length));
    cells.set(this.#cells);
    this.#cells = cells;
  }
}

function cellsFor(slots: number): Int32Array {
  return new Int32Array(mapped(WORD_BYTES * slots), 0, slots);
}

function smallBytes(keyLength: number, value: Uint8Array): number {
  return HEADER_BYTES + padded(keyLength) + value.length;
}

function padded(bytes: number): number {
  return (bytes + WORD_BYTES - 1) & -WORD_BYTES;
}
