// Records too long for one small cell: a chain of cells. The first is small, and the others, each twice the one before and at
// last whole segments, are filled to the end: so a long record wastes no more than a short one, needs no memory of a size of its
// own, and the pieces that may ever move are the first few.
//
//   first cell   owner, LONG, next, key length, value length, contents …
//   others       owner, next, contents …
//
// The contents are the key padded to a word, then the value; next is 0 in the last cell.

import type { KeyScratch } from './key-scratch.js';
import type { Segments } from './segments.js';

/** The second word of a record's first cell, where another record has its lengths. */
export const LONG = -1;
/** The length of a value that is ABSENT. */
const NO_VALUE = -1;

const NEXT = 1; // words of a cell
const FIRST_NEXT = 2;
const FIRST_KEY_LENGTH = 3;
const FIRST_VALUE_LENGTH = 4;
const MAX_VALUE_BYTES = 2 ** 31 - 1; // words are signed
const HEADER_BYTES = 8;
const FIRST_HEADER_BYTES = 20;

export class Chains {
  readonly #segments: Segments;

  constructor(segments: Segments) {
    this.#segments = segments;
  }

  /** What all the cells cost for a key of so many bytes, padded, and a value. */
  costOf(keyBytes: number, valueBytes: number): number {
    const { classes } = this.#segments;
    return this.#plan(keyBytes + valueBytes).reduce((cost, sizeClass) => cost + classes.costOf(sizeClass), 0);
  }

  /**
   * @param value undefined: ABSENT.
   * @returns the first cell.
   * @throws {RangeError} no more memory, or a value of 2 GiB; nothing has been taken.
   */
  add(owner: number, key: KeyScratch, value: Uint8Array | undefined): number {
    if (value !== undefined && value.length > MAX_VALUE_BYTES) throw new RangeError('a value has less than 2 GiB');
    const keyBytes = padded(key.length);
    const first = this.#take(owner, this.#plan(keyBytes + (value?.length ?? 0)));
    const { words } = this.#segments.segmentOf(first);
    const at = this.#segments.wordOf(first);
    words[at + FIRST_KEY_LENGTH] = key.length;
    words[at + FIRST_VALUE_LENGTH] = value?.length ?? NO_VALUE;
    this.#visit(first, 0, key.length, (bytes, start, end, from) => {
      bytes.set(key.bytes.subarray(from, from + end - start), start);
    });
    if (value !== undefined) {
      this.#visit(first, keyBytes, value.length, (bytes, start, end, from) => {
        bytes.set(value.subarray(from, from + end - start), start);
      });
    }
    return first;
  }

  free(first: number): void {
    for (let cell = first, next = 0; cell !== 0; cell = next) {
      next = this.#next(cell, first);
      this.#segments.free(cell);
    }
  }

  /** A cell other than the first has moved. */
  relink(first: number, from: number, to: number): void {
    let cell = first;
    while (this.#next(cell, first) !== from) cell = this.#next(cell, first);
    this.#link(cell, first, to);
  }

  keyLength(first: number): number {
    return this.#word(first, FIRST_KEY_LENGTH);
  }

  isAbsent(first: number): boolean {
    return this.#word(first, FIRST_VALUE_LENGTH) === NO_VALUE;
  }

  /** 0 for ABSENT. */
  valueLength(first: number): number {
    return Math.max(0, this.#word(first, FIRST_VALUE_LENGTH));
  }

  isKey(first: number, key: KeyScratch): boolean {
    if (this.keyLength(first) !== key.length) return false;
    let isSame = true;
    this.#visit(first, 0, key.length, (bytes, start, end, from) => {
      isSame &&= key.bytes.compare(bytes, start, end, from, from + end - start) === 0;
    });
    return isSame;
  }

  copyKey(first: number, target: Uint8Array): void {
    this.#visit(first, 0, this.keyLength(first), (bytes, start, end, from) => {
      target.set(bytes.subarray(start, end), from);
    });
  }

  copyValue(first: number, target: Uint8Array, at: number): void {
    this.#visit(first, padded(this.keyLength(first)), this.valueLength(first), (bytes, start, end, from) => {
      target.set(bytes.subarray(start, end), at + from);
    });
  }

  /** Classes of the cells for so many bytes of contents, the first cell's first. */
  #plan(contents: number): number[] {
    const { classes } = this.#segments;
    const { pieces } = classes;
    const plan: number[] = [];
    let rest = contents;
    let piece = pieces.length - 1;
    while (rest > classes.maxSmallBytes - FIRST_HEADER_BYTES) {
      while (piece > 0 && classes.bytesOf(pieces[piece]!) - HEADER_BYTES > rest) piece--;
      plan.push(pieces[piece]!);
      rest -= classes.bytesOf(pieces[piece]!) - HEADER_BYTES;
    }
    plan.push(classes.classOf(FIRST_HEADER_BYTES + Math.max(0, rest)));
    return plan.reverse();
  }

  #take(owner: number, plan: number[]): number {
    const cells: number[] = [];
    try {
      for (const sizeClass of plan) cells.push(this.#segments.take(sizeClass, owner));
    } catch (error) {
      for (const cell of cells) this.#segments.free(cell);
      throw error;
    }
    const first = cells[0]!;
    this.#segments.segmentOf(first).words[this.#segments.wordOf(first) + 1] = LONG;
    for (const [i, cell] of cells.entries()) this.#link(cell, first, cells[i + 1] ?? 0);
    return first;
  }

  /**
   * Passes the bytes of the contents from `offset` on, cell by cell.
   * @param visit a segment's bytes, where in it a part starts and ends, and how many bytes were passed before.
   */
  #visit(
    first: number,
    offset: number,
    length: number,
    visit: (bytes: Uint8Array, start: number, end: number, from: number) => void,
  ): void {
    let skip = offset;
    let done = 0;
    for (let cell = first; done < length; cell = this.#next(cell, first)) {
      const segment = this.#segments.segmentOf(cell);
      const header = cell === first ? FIRST_HEADER_BYTES : HEADER_BYTES;
      const room = 4 * segment.cellWords - header;
      if (skip < room) {
        const start = 4 * this.#segments.wordOf(cell) + header + skip;
        const count = Math.min(room - skip, length - done);
        visit(segment.bytes, start, start + count, done);
        done += count;
      }
      skip = Math.max(0, skip - room);
    }
  }

  #next(cell: number, first: number): number {
    return this.#word(cell, cell === first ? FIRST_NEXT : NEXT);
  }

  #link(cell: number, first: number, next: number): void {
    const word = this.#segments.wordOf(cell) + (cell === first ? FIRST_NEXT : NEXT);
    this.#segments.segmentOf(cell).words[word] = next;
  }

  #word(cell: number, offset: number): number {
    return this.#segments.segmentOf(cell).words[this.#segments.wordOf(cell) + offset]!;
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
