// One piece of memory outside V8's heap, cut into cells of one size.
//
// Free cells are a chain through the cells themselves; those that were never used come after, so that a new segment costs
// nothing until it fills, neither time nor memory (its pages are not there before they are written). A cell's first word is
// its owner, 0 in a free one: so who walks a segment knows what is alive.

import { mapped } from './mapped.js';

const NO_CELL = -1;
const MAX_MAPPED = 8192; // segments of one allocator: a process has 65,530 maps, and each dropped segment may leave one more
const NEXT_FREE = 1; // word of a free cell: the next one

export class Segment {
  readonly number: number;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  sizeClass = 0;
  cellWords = 0;
  /** How many cells it has. */
  cells = 0;
  /** How many are taken. */
  live = 0;
  /** Cells from here on were never used. */
  fresh = 0;
  /** Neighbours in the list of those of its class that have room. */
  previous: Segment | undefined;
  next: Segment | undefined;
  #free = NO_CELL;

  /**
   * @param number what it is known by.
   * @param length in bytes.
   * @throws {RangeError} no more memory.
   */
  constructor(number: number, length: number) {
    const memory = number < MAX_MAPPED ? mapped(length) : new SharedArrayBuffer(length);
    this.number = number;
    this.words = new Int32Array(memory, 0, length / Int32Array.BYTES_PER_ELEMENT); // a given length: one that follows is slow
    this.bytes = new Uint8Array(memory, 0, length);
  }

  /** Forgets its cells, and is cut anew. */
  cut(sizeClass: number, cellBytes: number): void {
    this.sizeClass = sizeClass;
    this.cellWords = cellBytes / Int32Array.BYTES_PER_ELEMENT;
    this.cells = Math.floor(this.bytes.length / cellBytes);
    this.live = 0;
    this.fresh = 0;
    this.#free = NO_CELL;
  }

  get isFull(): boolean {
    return this.live === this.cells;
  }

  /** Takes a cell of one that is not full. @param owner not 0. */
  take(owner: number): number {
    let cell = this.#free;
    if (cell === NO_CELL) cell = this.fresh++;
    else this.#free = this.words[cell * this.cellWords + NEXT_FREE]!;
    this.words[cell * this.cellWords] = owner;
    this.live++;
    return cell;
  }

  free(cell: number): void {
    const at = cell * this.cellWords;
    this.words[at] = 0;
    this.words[at + NEXT_FREE] = this.#free;
    this.#free = cell;
    this.live--;
  }

  /** The first taken cell from this one on, among the next `count`; else the one behind them. */
  seek(cell: number, count: number): number {
    const end = Math.min(cell + count, this.fresh);
    let at = cell;
    while (at < end && this.ownerOf(at) === 0) at++;
    return at;
  }

  /** 0: the cell is free. */
  ownerOf(cell: number): number {
    return this.words[cell * this.cellWords]!;
  }
}
