// Several caches of TinyLfuLists over the same entries, as small and fast as can be: one for each balance that is tried.
//
// They are TinyLfuLists in all they decide, and a test holds them to it. But a request goes to all of them, one after the
// other; so what they know of an entry lies side by side, in cells, a cell for each cache. The first cells are those of the
// lists, each a ring through its own, so that a cell's number also says which list, or whose.
//
// Cost: O(1) a cache. Memory: 5 bytes a cell.

import type { FrequencySketch } from './frequency-sketch.js';
import {
  type Balance,
  CHANCE,
  FIRST_CHANCE,
  MOVES,
  nextChance,
  protectedLimit,
  WARM,
  windowTarget,
} from './tiny-lfu-rules.js';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;
const LISTS = 3; // entries come behind them
const NOWHERE = 255; // the lists' cells are below it

export class MiniCaches {
  readonly #sketch: FrequencySketch;
  readonly #count: number;
  readonly #capacity: number;
  readonly #handicaps: Int32Array;
  readonly #windowTargets: Int32Array;
  readonly #protectedLimits: Int32Array;
  /** Next and previous of each cell. */
  readonly #links: Uint16Array;
  /** Cell of the list that a cell is in. */
  readonly #list: Uint8Array;
  /** By the list's cell. */
  readonly #sizes: Int32Array;
  readonly #residents: Int32Array;
  readonly #chances: Int32Array;

  /**
   * @param balances one for each cache, up to 80.
   * @param capacity of each, in entries.
   * @param entries that may be told of: 1 to this; with the caches at most 2^16 cells.
   */
  constructor(sketch: FrequencySketch, balances: readonly Balance[], capacity: number, entries: number) {
    this.#sketch = sketch;
    this.#count = balances.length;
    this.#capacity = capacity;
    this.#handicaps = Int32Array.from(balances, ({ handicap }) => handicap);
    this.#windowTargets = Int32Array.from(balances, (balance) => windowTarget(balance, capacity));
    this.#protectedLimits = Int32Array.from(balances, (balance) => protectedLimit(balance, capacity));
    const cells = this.#count * (LISTS + entries + 1);
    this.#links = Uint16Array.from({ length: 2 * cells }, (_, i) => i >>> 1); // empty rings
    this.#list = new Uint8Array(cells).fill(NOWHERE);
    this.#sizes = new Int32Array(LISTS * this.#count);
    this.#residents = new Int32Array(this.#count);
    this.#chances = new Int32Array(this.#count).fill(FIRST_CHANCE);
  }

  has(cache: number, entry: number): boolean {
    return this.#list[this.#cell(cache, entry)] !== NOWHERE;
  }

  /** A hit: the cache has the entry. */
  read(cache: number, entry: number): void {
    const cell = this.#cell(cache, entry);
    const window = WINDOW * this.#count + cache;
    if (this.#list[cell] === window) {
      this.#move(cell, window);
      return;
    }
    const isGrowing = this.#sizes[window]! < this.#windowTargets[cache]! && this.#residents[cache]! >= this.#capacity;
    this.#move(cell, isGrowing ? window : PROTECTED * this.#count + cache);
    this.#demote(cache);
  }

  /**
   * A miss: the entry comes in.
   * @param hashes of all entries.
   * @returns who leaves for it; 0: nobody.
   */
  add(cache: number, entry: number, hashes: Int32Array): number {
    const window = WINDOW * this.#count + cache;
    const probation = PROBATION * this.#count + cache;
    this.#put(this.#cell(cache, entry), window);
    this.#demote(cache);
    let candidate = 0;
    for (let moves = 0; moves < MOVES && this.#sizes[window]! > this.#windowTargets[cache]!; moves++) {
      const oldest = this.#last(window);
      this.#move(oldest, probation);
      candidate ||= oldest;
    }
    if (++this.#residents[cache]! <= this.#capacity) return 0;
    this.#residents[cache]!--;
    const weakest = this.#weakest(cache, candidate);
    const candidateStays =
      candidate === 0 ||
      candidate === weakest ||
      this.#prevails(cache, hashes[this.#entry(candidate)]!, hashes[this.#entry(weakest)]!);
    const victim = candidateStays ? weakest : candidate;
    this.#take(victim);
    return this.#entry(victim);
  }

  /** The cell that leaves if nobody is held against it. */
  #weakest(cache: number, candidate: number): number {
    const oldest = this.#last(PROBATION * this.#count + cache);
    if (oldest !== 0 && oldest !== candidate) return oldest;
    return this.#last(PROTECTED * this.#count + cache) || oldest || this.#last(WINDOW * this.#count + cache);
  }

  #prevails(cache: number, candidate: number, weakest: number): boolean {
    const frequency = this.#sketch.frequency(candidate);
    if (frequency - this.#handicaps[cache]! > this.#sketch.frequency(weakest)) return true;
    if (frequency <= WARM) return false;
    const chance = nextChance(this.#chances[cache]!);
    this.#chances[cache] = chance;
    return (chance >>> 0) % CHANCE === 0;
  }

  #demote(cache: number): void {
    const list = PROTECTED * this.#count + cache;
    for (let moves = 0; moves < MOVES && this.#sizes[list]! > this.#protectedLimits[cache]!; moves++) {
      this.#move(this.#last(list), PROBATION * this.#count + cache);
    }
  }

  #cell(cache: number, entry: number): number {
    return (entry + LISTS) * this.#count + cache;
  }

  #entry(cell: number): number {
    return Math.floor(cell / this.#count) - LISTS;
  }

  /** 0: the list is empty. */
  #last(list: number): number {
    const cell = this.#links[2 * list + 1]!;
    return cell === list ? 0 : cell;
  }

  #move(cell: number, list: number): void {
    this.#take(cell);
    this.#put(cell, list);
  }

  #put(cell: number, list: number): void {
    const first = this.#links[2 * list]!;
    this.#link(list, cell);
    this.#link(cell, first);
    this.#list[cell] = list;
    this.#sizes[list]!++;
  }

  #take(cell: number): void {
    const list = this.#list[cell]!;
    this.#link(this.#links[2 * cell + 1]!, this.#links[2 * cell]!);
    this.#list[cell] = NOWHERE;
    this.#sizes[list]!--;
  }

  #link(cell: number, next: number): void {
    this.#links[2 * cell] = next;
    this.#links[2 * next + 1] = cell;
  }
}
