// The sizes of cells that memory is cut into: a record takes the smallest that it fits in.
//
// Sizes are eight to a doubling, so a record wastes at most an eighth of its cell, a sixteenth on average, and nothing below
// 128 bytes but the rounding to 8. A small cell is at most a sixteenth of a segment: what is left at its end is small. Above come
// only doublings up to a segment, which leave nothing over; a longer record is cut into pieces of those and a last, small one.

export const UNIT_BYTES = 8; // cells are multiples of it
export const MIN_CELL_BYTES = 16; // room for a record's header; also what a segment's cells are numbered by
const STEPS = 8; // sizes to a doubling
const SMALL_SHARE = 16; // small cells a segment, at least
export const MAX_SMALL_BYTES = 2 ** 16; // of any segment: a record's two lengths fit in one word

export class SizeClasses {
  /** Bytes of the largest cell that is not a piece. */
  readonly maxSmallBytes: number;
  /** Classes of the pieces of long records, smallest first: the largest small cell, then doublings up to a segment. */
  readonly pieces: readonly number[];
  /** Bytes of a cell, by class, ascending. */
  readonly #bytes: number[] = [];
  /** What a cell takes of its segment: the part of what is left over at the end included. */
  readonly #costs: number[] = [];
  /** By units, rounded up, of a small record. */
  readonly #classes: Uint16Array;

  /** @param segmentBytes a power of two. */
  constructor(segmentBytes: number) {
    this.maxSmallBytes = Math.min(segmentBytes / SMALL_SHARE, MAX_SMALL_BYTES);
    const maxUnits = this.maxSmallBytes / UNIT_BYTES;
    this.#classes = new Uint16Array(maxUnits + 1);
    let done = -1; // units that have their class
    for (let units = MIN_CELL_BYTES / UNIT_BYTES; units <= maxUnits; units += step(units)) {
      this.#classes.fill(this.#bytes.length, done + 1, units + 1);
      this.#add(units * UNIT_BYTES, segmentBytes);
      done = units;
    }
    const pieces = [this.#bytes.length - 1];
    for (let bytes = 2 * this.maxSmallBytes; bytes <= segmentBytes; bytes *= 2) {
      pieces.push(this.#bytes.length);
      this.#add(bytes, segmentBytes);
    }
    this.pieces = pieces;
  }

  get count(): number {
    return this.#bytes.length;
  }

  /** The class for so many bytes, at most {@link maxSmallBytes}. */
  classOf(bytes: number): number {
    return this.#classes[Math.ceil(bytes / UNIT_BYTES)]!;
  }

  bytesOf(sizeClass: number): number {
    return this.#bytes[sizeClass]!;
  }

  costOf(sizeClass: number): number {
    return this.#costs[sizeClass]!;
  }

  #add(bytes: number, segmentBytes: number): void {
    this.#bytes.push(bytes);
    this.#costs.push(Math.ceil(segmentBytes / Math.floor(segmentBytes / bytes)));
  }
}

function step(units: number): number {
  return Math.max(1, 2 ** Math.floor(Math.log2(units)) / STEPS);
}
