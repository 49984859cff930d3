// The cache of W-TinyLFU, with a window of any size: three lists by last use.
//
//   window      whoever comes in; W, as long as it may be
//   probation   B: who left the window and was let into the main part
//   protected   T: who was read there; at most four fifths of it
//
// Who falls out of a full window is held against who would leave the main part: the one that was asked for more often of
// late stays. Two numbers make the balance. A window of the whole cache is LRU, one of a single entry is LFU with ageing. A
// handicap of one keeps a loop from pushing itself out, as who comes has just been counted and who is there not yet; one
// below nought lets in what comes back at all, as ARC and LIRS do. Changing them costs nothing at once: entries cross over a
// few at a time as they are touched.
//
// Source: G. Einziger, O. Eytan, R. Friedman, B. Manes, "Adaptive Software Cache Management", Middleware 2018.
//
// The frequency sketch belongs to who uses this: it counts each request once, whatever looks at it.

import type { FrequencySketch } from './frequency-sketch.js';
import { resized } from './resized.js';
import { SlotList } from './slot-list.js';
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
const LIST_BITS = 3;

export class TinyLfuLists {
  readonly #sketch: FrequencySketch;
  /** Each list most recently used first. */
  readonly #order: SlotList;
  readonly #sizes = new Int32Array(3);
  #slots: number;
  /** Of each slot the hash of its key, and in the two lowest bits the list it is in: one cache line for both. */
  #tag: Int32Array;
  #capacity: number;
  #isLimitKnown: boolean;
  #balance: Balance;
  #handicap = 0;
  #windowTarget = 1;
  #protectedLimit = 0;
  #newcomer = 0;
  /** Fell out of the window when the newcomer came in; to be held against whoever would leave. */
  #candidate = 0;
  #chance = FIRST_CHANCE;

  /**
   * @param slots to reserve.
   * @param capacity the limit in entries, if there is one.
   */
  constructor(sketch: FrequencySketch, slots: number, capacity: number | undefined, balance: Balance) {
    this.#sketch = sketch;
    this.#slots = slots;
    this.#order = new SlotList(3, slots);
    this.#tag = new Int32Array(slots + 1);
    this.#capacity = capacity ?? 1;
    this.#isLimitKnown = capacity !== undefined;
    this.#balance = balance;
    this.#setLimits();
  }

  /** Residents at which the last one left; before anybody has: the limit, or where there is none who is there now. */
  get capacity(): number {
    return this.#capacity;
  }

  get balance(): Balance {
    return this.#balance;
  }

  set balance(balance: Balance) {
    this.#balance = balance;
    this.#setLimits();
  }

  get size(): number {
    return this.#sizes[WINDOW]! + this.#sizes[PROBATION]! + this.#sizes[PROTECTED]!;
  }

  /** {@link hashBits} of a resident's key. */
  hashOf(slot: number): number {
    return hashBits(this.#tag[slot]!);
  }

  added(slot: number, hash: number): void {
    if (slot > this.#slots) this.#grow(slot);
    this.#tag[slot] = hash;
    this.#newcomer = slot;
    this.#candidate = 0;
    this.#put(WINDOW, slot);
    if (!this.#isLimitKnown && this.size > this.#capacity) this.#setCapacity(this.size);
    this.#demote();
    for (let moves = 0; moves < MOVES && this.#sizes[WINDOW]! > this.#windowTarget; moves++) {
      const oldest = this.#order.last(WINDOW);
      this.#take(oldest);
      this.#put(PROBATION, oldest);
      if (this.#candidate === 0) this.#candidate = oldest;
    }
  }

  read(slot: number): void {
    if (slot === this.#newcomer) this.#newcomer = 0;
    if (slot === this.#candidate) this.#candidate = 0;
    const list = this.#tag[slot]! & LIST_BITS;
    this.#take(slot);
    if (list === WINDOW) {
      this.#put(WINDOW, slot);
      return;
    }
    const isGrowing = this.#sizes[WINDOW]! < this.#windowTarget && this.size + 1 >= this.#capacity;
    this.#put(isGrowing ? WINDOW : PROTECTED, slot);
    this.#demote();
  }

  removed(slot: number): void {
    if (slot === this.#newcomer) this.#newcomer = 0;
    if (slot === this.#candidate) this.#candidate = 0;
    this.#take(slot);
  }

  victim(): number | undefined {
    const residents = this.size - (this.#newcomer === 0 ? 0 : 1);
    if (residents === 0) return this.#newcomer === 0 ? undefined : this.#leave(this.#newcomer);
    if (residents !== this.#capacity) this.#setCapacity(residents);
    this.#isLimitKnown = true;
    const weakest = this.#weakest();
    const candidate = this.#candidate;
    if (candidate === 0 || weakest === candidate || this.#prevails(candidate, weakest)) return this.#leave(weakest);
    return this.#leave(candidate);
  }

  /** Who leaves if nobody is held against it. */
  #weakest(): number {
    const candidate = this.#candidate;
    const oldest = this.#order.last(PROBATION);
    if (oldest !== 0 && oldest !== candidate) return oldest;
    const others = this.#order.last(PROTECTED) || oldest;
    if (others !== 0) return others;
    const last = this.#order.last(WINDOW);
    return last === this.#newcomer ? this.#order.previous(last) : last;
  }

  #prevails(candidate: number, weakest: number): boolean {
    const frequency = this.#sketch.frequency(this.hashOf(candidate));
    if (frequency - this.#handicap > this.#sketch.frequency(this.hashOf(weakest))) return true;
    if (frequency <= WARM) return false;
    this.#chance = nextChance(this.#chance);
    return (this.#chance >>> 0) % CHANCE === 0;
  }

  #leave(slot: number): number {
    this.removed(slot);
    return slot;
  }

  /** Keeps the protected within their limit, a few at a time. */
  #demote(): void {
    for (let moves = 0; moves < MOVES && this.#sizes[PROTECTED]! > this.#protectedLimit; moves++) {
      const oldest = this.#order.last(PROTECTED);
      this.#take(oldest);
      this.#put(PROBATION, oldest);
    }
  }

  #put(list: number, slot: number): void {
    this.#order.pushFirst(list, slot);
    this.#tag[slot] = hashBits(this.#tag[slot]!) | list;
    this.#sizes[list]!++;
  }

  #take(slot: number): void {
    this.#order.unlink(slot);
    this.#sizes[this.#tag[slot]! & LIST_BITS]!--;
  }

  #setCapacity(capacity: number): void {
    this.#capacity = capacity;
    this.#sketch.resize(capacity);
    this.#setLimits();
  }

  #setLimits(): void {
    this.#handicap = this.#balance.handicap;
    this.#windowTarget = windowTarget(this.#balance, this.#capacity);
    this.#protectedLimit = protectedLimit(this.#balance, this.#capacity);
  }

  #grow(slot: number): void {
    this.#slots = Math.max(slot, 2 * this.#slots);
    this.#order.reserve(this.#slots);
    this.#tag = resized(this.#tag, this.#slots + 1);
  }
}

/** What is kept of a hash, and so what everybody is to count by: all but its two lowest bits. */
export function hashBits(hash: number): number {
  return hash & ~LIST_BITS;
}
