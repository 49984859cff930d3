// Memory for records of any size, in segments of one size: an allocator whose waste has a bound, and that never stops to tidy.
//
// A segment holds cells of one size class, as in memcached's slabs, and a free cell is used again by the next record of its
// class: while the mix of sizes stays as it is nothing is ever moved, whichever entries leave. (A log that is compacted copies
// 4 records a set at 15 % slack if they leave at random, 1.4 if the oldest leave; see the log-structured memory of Rumble,
// Kejriwal, Ousterhout, FAST 2014.) What memcached suffers from is a mix that changes: holes in the old classes are no
// use to the new ones. Here the emptiest segments are then drained: their cells move into holes of their own class, a few at
// each call of settle(), and the segment is anybody's again.
//
// How much waste there may be. A class with fewer holes than a segment has cells can't be packed into fewer segments. So with
// all others within SLACK,
//   segments in use × their size  ≤  taken cells × (1 + SLACK) + one segment a class in use (+ the one being drained).
// Where more is wasted, some class has a segment's worth of holes and more, and its emptiest segment is at most 1 / (1 + SLACK)
// full: freeing a byte of it costs moving at most 1 / SLACK bytes, the pace at which settle() keeps up with any traffic.
//
// A segment that nobody needs is dropped; the system has its memory back when V8 next collects all garbage. A few are kept.

import { Segment } from './segment.js';
import { MIN_CELL_BYTES, SizeClasses } from './size-classes.js';

/** Holes there may be, as a share of what is taken. */
export const SLACK = 1 / 16;
/** Segments kept for the next class that needs one, as a share of those in use. */
export const SPARE = 1 / 64;

const MIN_SPARES = 1;
const MAX_LOOKED_AT = 4096; // segments, to find the emptiest: some microseconds
const MAX_SOUGHT = 256; // free cells passed for each one moved; it is the moving that costs
const REF_BITS = 32;
const NOT_YET = new Segment(0, 0); // number 0 is nobody's, so that no cell is called 0

/** Tells that the cell of an owner has moved. Nothing points to where it was. */
export type Moved = (owner: number, from: number, to: number) => void;

export class Segments {
  readonly classes: SizeClasses;
  readonly segmentBytes: number;
  readonly #moved: Moved;
  /** A cell is called by its segment's number, and its own in so many low bits. */
  readonly #cellBits: number;
  readonly #cellMask: number;
  /** By number. */
  readonly #segments: Segment[] = [NOT_YET];
  /** Numbers of dropped ones. */
  readonly #numbers: number[] = [];
  readonly #spares: Segment[] = [];
  /** By class: a list of the segments that have room. */
  readonly #open: (Segment | undefined)[];
  /** By class: segments in use, and free cells in them. */
  readonly #counts: number[];
  readonly #holes: number[];
  #classesInUse = 0;
  #inUse = 0;
  #liveBytes = 0;
  #draining: Segment | undefined;
  #drainedTo = 0;
  #lookFrom = 1;
  /** Bytes that settle() may move. */
  #owed = 0;

  /** @param segmentBytes a power of two from 1,024. */
  constructor(segmentBytes: number, moved: Moved) {
    this.segmentBytes = segmentBytes;
    this.classes = new SizeClasses(segmentBytes);
    this.#moved = moved;
    this.#cellBits = Math.log2(segmentBytes / MIN_CELL_BYTES);
    this.#cellMask = 2 ** this.#cellBits - 1;
    this.#open = new Array<Segment | undefined>(this.classes.count).fill(undefined);
    this.#counts = new Array<number>(this.classes.count).fill(0);
    this.#holes = new Array<number>(this.classes.count).fill(0);
  }

  /** Of all segments, the spare ones included. */
  get heldBytes(): number {
    return (this.#inUse + this.#spares.length) * this.segmentBytes;
  }

  /** Costs of all cells that are taken. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  get classesInUse(): number {
    return this.#classesInUse;
  }

  segmentOf(cell: number): Segment {
    return this.#segments[cell >>> this.#cellBits]!;
  }

  /** The cell's first word in its segment. */
  wordOf(cell: number): number {
    return (cell & this.#cellMask) * this.segmentOf(cell).cellWords;
  }

  /**
   * Takes a cell, and writes the owner into its first word; whatever else is in it is old.
   * @param owner not 0.
   * @returns what the cell is called: 32 bits, signed, never 0; good until settle().
   * @throws {RangeError} no more memory, or no more names (64 GiB).
   */
  take(sizeClass: number, owner: number): number {
    const segment = this.#open[sizeClass] ?? this.#addTo(sizeClass);
    const cell = segment.take(owner);
    if (segment.isFull) this.#close(segment);
    this.#holes[sizeClass]!--;
    this.#liveBytes += this.classes.costOf(sizeClass);
    return (segment.number << this.#cellBits) | cell;
  }

  free(cell: number): void {
    const segment = this.segmentOf(cell);
    const { sizeClass } = segment;
    if (segment.isFull) this.#reopen(segment);
    segment.free(cell & this.#cellMask);
    this.#holes[sizeClass]!++;
    const cost = this.classes.costOf(sizeClass);
    this.#liveBytes -= cost;
    this.#owed += cost / SLACK;
    if (segment.live === 0) this.#retire(segment);
  }

  /** Moves some cells, if there is too much waste: to be called after cells were freed, when nobody holds a cell's name. */
  settle(): void {
    if (this.#draining === undefined && !this.#isWasteful()) {
      this.#owed = 0;
      return;
    }
    while (this.#owed > 0) {
      this.#draining ??= this.#emptiest();
      if (this.#draining === undefined) this.#owed = 0;
      else this.#drain(this.#draining);
    }
  }

  #isWasteful(): boolean {
    const waste = this.#inUse * this.segmentBytes - this.#liveBytes;
    return waste > this.#liveBytes * SLACK + this.#classesInUse * this.segmentBytes;
  }

  /** Of those that may be drained the one with the least in it; undefined: too little is wasted. */
  #emptiest(): Segment | undefined {
    if (!this.#isWasteful()) return undefined;
    const segments = this.#segments;
    let emptiest: Segment | undefined;
    let share = 1;
    for (let i = Math.min(segments.length, MAX_LOOKED_AT); i > 0; i--) {
      if (this.#lookFrom >= segments.length) this.#lookFrom = 1;
      const segment = segments[this.#lookFrom++]!;
      if (segment.live >= share * segment.cells || this.#holes[segment.sizeClass]! < segment.cells) continue;
      emptiest = segment;
      share = segment.live / segment.cells;
    }
    if (emptiest !== undefined) {
      this.#close(emptiest);
      this.#drainedTo = 0;
    }
    return emptiest;
  }

  /** Moves one cell, the next one. */
  #drain(segment: Segment): void {
    const { sizeClass, cellWords } = segment;
    const cell = segment.seek(this.#drainedTo, MAX_SOUGHT);
    this.#drainedTo = cell;
    this.#owed -= this.classes.costOf(sizeClass);
    const owner = cell < segment.fresh ? segment.ownerOf(cell) : 0;
    if (owner === 0) return;
    const to = this.take(sizeClass, owner);
    copyWords(segment.words, cell * cellWords, this.segmentOf(to).words, this.wordOf(to), cellWords);
    const from = (segment.number << this.#cellBits) | cell;
    this.#moved(owner, from, to);
    const owed = this.#owed;
    this.free(from);
    this.#owed = owed; // what moving frees is not traffic
  }

  #addTo(sizeClass: number): Segment {
    const segment = this.#spares.pop() ?? this.#newSegment();
    segment.cut(sizeClass, this.classes.bytesOf(sizeClass));
    this.#inUse++;
    this.#holes[sizeClass]! += segment.cells;
    if (this.#counts[sizeClass]!++ === 0) this.#classesInUse++;
    this.#reopen(segment);
    return segment;
  }

  #newSegment(): Segment {
    const number = this.#numbers.at(-1) ?? this.#segments.length;
    if (number >= 2 ** (REF_BITS - this.#cellBits)) throw new RangeError('slabs hold at most 64 GiB');
    const segment = new Segment(number, this.segmentBytes);
    this.#numbers.pop();
    this.#segments[number] = segment;
    return segment;
  }

  /** Takes one that is empty out of its class. */
  #retire(segment: Segment): void {
    const { sizeClass } = segment;
    if (segment === this.#draining) this.#draining = undefined;
    else this.#close(segment);
    this.#inUse--;
    this.#holes[sizeClass]! -= segment.cells;
    if (--this.#counts[sizeClass]! === 0) this.#classesInUse--;
    segment.cells = 0; // not to be drained
    this.#spares.push(segment);
    while (this.#spares.length > MIN_SPARES + this.#inUse * SPARE) {
      const { number } = this.#spares.pop()!;
      this.#segments[number] = NOT_YET;
      this.#numbers.push(number);
    }
  }

  #reopen(segment: Segment): void {
    const first = this.#open[segment.sizeClass];
    segment.previous = undefined;
    segment.next = first;
    if (first !== undefined) first.previous = segment;
    this.#open[segment.sizeClass] = segment;
  }

  #close(segment: Segment): void {
    const { previous, next } = segment;
    if (previous === undefined) this.#open[segment.sizeClass] = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    segment.previous = undefined;
    segment.next = undefined;
  }
}

const MAX_COPIED_BY_WORD = 32; // words; beyond, the call of a native function is cheaper

function copyWords(from: Int32Array, start: number, to: Int32Array, at: number, count: number): void {
  if (count > MAX_COPIED_BY_WORD) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}
