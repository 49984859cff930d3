// LIRS: who came back soon the last time stays, however long ago that was.
//
// An entry's inter-reference recency is how many others were asked for between its last two requests. Nearly all of the cache
// belongs to those with a low one (LIR); the others (HIR) pass through a queue of a hundredth of it, and leave ghosts. An
// entry of high recency, resident or ghost, that is asked for again before the least recently used LIR entry has been is
// better than that one, and takes its place. So a loop longer than the cache keeps a part of itself in it, and a scan
// changes nothing.
//
// The paper keeps one stack of all three kinds and prunes it. Here each entry bears the time of its last request: whatever
// is younger than the oldest LIR entry is in the paper's stack, and nothing has to be pruned.
//
// Good for loops and mixed patterns; slower than LRU to follow a working set that moves.
//
// Cost: O(1). Memory: 21 bytes a slot and 29 to 33 for a ghost, of which there are at most twice as many as entries.
// Source: S. Jiang, X. Zhang, "LIRS: An Efficient Low Inter-reference Recency Set Replacement Policy", SIGMETRICS 2002.

import { Ghosts, NO_GHOST } from './ghosts.js';
import { type EvictionPolicy, type PolicyOptions, slotsToReserve } from './policy.js';
import { resized } from './resized.js';
import { SlotList } from './slot-list.js';

const LIR = 0;
const QUEUE = 1;
const QUEUE_SHARE = 0.01;
const GHOSTS_AN_ENTRY = 2;

export class Lirs implements EvictionPolicy {
  /** LIR entries by last use, and the queue of the others; the youngest first. */
  readonly #order: SlotList;
  readonly #ghosts: Ghosts;
  readonly #sizes = new Int32Array(2);
  #slots: number;
  #list: Uint8Array;
  #hash: Int32Array;
  /** Of the last request, in requests. */
  #time: Float64Array;
  /** The same of each ghost, by its node. */
  #ghostTime: Float64Array;
  #now = 0;
  #capacity: number;
  #isLimitKnown: boolean;
  #newcomer = 0;

  constructor(options: PolicyOptions = {}) {
    this.#slots = slotsToReserve(options);
    this.#order = new SlotList(2, this.#slots);
    this.#ghosts = new Ghosts(1, this.#slots);
    this.#list = new Uint8Array(this.#slots + 1);
    this.#hash = new Int32Array(this.#slots + 1);
    this.#time = new Float64Array(this.#slots + 1);
    this.#ghostTime = new Float64Array(this.#slots + 1);
    this.#capacity = options.maxEntries ?? 0;
    this.#isLimitKnown = options.maxEntries !== undefined;
  }

  added(slot: number, keyHash: number): void {
    if (slot > this.#slots) this.#grow(slot);
    this.#hash[slot] = keyHash;
    this.#newcomer = slot;
    if (!this.#isLimitKnown) this.#capacity = Math.max(this.#capacity, this.#sizes[LIR]! + this.#sizes[QUEUE]! + 1);
    const cameBack = this.#takeGhost(keyHash);
    this.#time[slot] = ++this.#now;
    const isLow = cameBack || this.#sizes[LIR]! < this.#lirTarget();
    this.#put(isLow ? LIR : QUEUE, slot);
    if (isLow) this.#keepTarget();
  }

  read(slot: number): void {
    this.#newcomer = 0;
    const isLow = this.#list[slot] === LIR || this.#time[slot]! > this.#oldestLirTime();
    this.#time[slot] = ++this.#now;
    this.#take(slot);
    this.#put(isLow ? LIR : QUEUE, slot);
    if (isLow) this.#keepTarget();
  }

  removed(slot: number): void {
    if (slot === this.#newcomer) this.#newcomer = 0;
    this.#take(slot);
  }

  victim(): number | undefined {
    const newcomer = this.#newcomer;
    const residents = this.#sizes[LIR]! + this.#sizes[QUEUE]! - (newcomer === 0 ? 0 : 1);
    if (residents === 0) {
      if (newcomer === 0) return undefined;
      this.removed(newcomer);
      return newcomer;
    }
    this.#capacity = residents;
    this.#isLimitKnown = true;
    this.#keepTarget();
    const slot = this.#oldest(QUEUE) || this.#oldest(LIR);
    const wasInStack = this.#list[slot] === QUEUE && this.#time[slot]! > this.#oldestLirTime();
    this.#take(slot);
    if (wasInStack) this.#leaveGhost(slot);
    return slot;
  }

  #takeGhost(keyHash: number): boolean {
    this.#forgetGhosts();
    return this.#ghosts.take(keyHash) !== NO_GHOST;
  }

  #leaveGhost(slot: number): void {
    const node = this.#ghosts.remember(0, this.#hash[slot]!);
    if (node >= this.#ghostTime.length) this.#ghostTime = resized(this.#ghostTime, 2 * this.#ghostTime.length);
    this.#ghostTime[node] = this.#time[slot]!;
    this.#forgetGhosts();
  }

  /** Those that have fallen out of the paper's stack, and those that are too many. They are remembered by time. */
  #forgetGhosts(): void {
    const oldestLir = this.#oldestLirTime();
    while (this.#ghosts.size(0) > 0) {
      const isIn = this.#ghostTime[this.#ghosts.oldest(0)]! > oldestLir;
      if (isIn && this.#ghosts.size(0) <= GHOSTS_AN_ENTRY * this.#capacity) return;
      this.#ghosts.forgetOldest(0);
    }
  }

  #oldestLirTime(): number {
    const oldest = this.#order.last(LIR);
    return oldest === 0 ? 0 : this.#time[oldest]!;
  }

  #lirTarget(): number {
    return this.#capacity - Math.max(1, Math.round(QUEUE_SHARE * this.#capacity));
  }

  /** The LIR entries that were not asked for the longest become HIR. */
  #keepTarget(): void {
    while (this.#sizes[LIR]! > Math.max(1, this.#lirTarget())) {
      const oldest = this.#order.last(LIR);
      this.#take(oldest);
      this.#put(QUEUE, oldest);
    }
  }

  /** Not the newcomer; 0: there is no other. */
  #oldest(list: number): number {
    const slot = this.#order.last(list);
    return slot === this.#newcomer && slot !== 0 ? this.#order.previous(slot) : slot;
  }

  #put(list: number, slot: number): void {
    this.#order.pushFirst(list, slot);
    this.#list[slot] = list;
    this.#sizes[list]!++;
  }

  #take(slot: number): void {
    this.#order.unlink(slot);
    this.#sizes[this.#list[slot]!]!--;
  }

  #grow(slot: number): void {
    this.#slots = Math.max(slot, 2 * this.#slots);
    this.#order.reserve(this.#slots);
    this.#list = resized(this.#list, this.#slots + 1);
    this.#hash = resized(this.#hash, this.#slots + 1);
    this.#time = resized(this.#time, this.#slots + 1);
  }
}
