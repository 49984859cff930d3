// ARC: holds the balance between recency and frequency, and learns where it should lie.
//
// T1 holds what was asked for once since it came in, T2 what was asked for again; both by last use. Behind each stands a
// list of ghosts, B1 and B2: hashes of what left it lately. A ghost of B1 that comes back says T1 is too short, one of
// B2 that T2 is: p, the target length of T1, moves accordingly, the faster the shorter the list that was right. A scan
// passes through T1 and leaves T2 alone.
//
// Source: N. Megiddo, D. Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST 2003, figure 4; the names are
// the paper's. p is a real number and the ratio |B2|/|B1| is not rounded, as printed there; implementations that
// divide integers count other hits.
//
// What the paper leaves open, and its place here:
// - The paper makes room first. Here added() finds the ghost and adapts p, and victim() is REPLACE plus the trimming of
//   ghosts, with the newcomer left out of |T1| and |T2|. In a cache of c entries the hits are the paper's, each one.
// - c is the number of residents, newcomer apart, when one has to leave. In a cache full of entries that is its limit;
//   in one bounded by bytes it is what fits now. Holding c at a limit in entries that bytes never let it reach would
//   let p outgrow the cache, and T2 would be emptied for ever.
// - Entries that expire or are deleted leave no ghost: they did not leave for want of room. So the paper's equalities
//   (|L1| = c, |L1| + |L2| = 2c) become "at least", and lists are trimmed in loops, which in its own setting turn once.
//
// Cost: O(1); trimming is amortised, each ghost being forgotten once. At most c ghosts.
// Memory: 13 bytes a slot (8 links, 4 hash, 1 list) and 21 to 25 for the ghost that comes with it.

import { Ghosts, NO_GHOST } from './ghosts.js';
import { type EvictionPolicy, type PolicyOptions, slotsToReserve } from './policy.js';
import { resized } from './resized.js';
import { SlotList } from './slot-list.js';

const T1 = 0;
const T2 = 1;
const B1 = 0;
const B2 = 1;

export class Arc implements EvictionPolicy {
  /** T1 and T2, most recently used first. */
  readonly #order: SlotList;
  /** B1 and B2. */
  readonly #ghosts: Ghosts;
  #slots: number;
  #list: Uint8Array;
  #hash: Int32Array;
  #t1 = 0;
  #t2 = 0;
  /** Target length of T1, 0 to c; real. */
  #p = 0;
  /** c as of the last eviction; before the first there is no ghost to need it. */
  #c = 0;
  #newcomer = 0;
  /** The list whose ghost the newcomer was, else NO_GHOST. */
  #ghostOf = NO_GHOST;

  constructor(options: PolicyOptions = {}) {
    this.#slots = slotsToReserve(options);
    this.#order = new SlotList(2, this.#slots);
    this.#ghosts = new Ghosts(2, this.#slots);
    this.#list = new Uint8Array(this.#slots + 1);
    this.#hash = new Int32Array(this.#slots + 1);
  }

  added(slot: number, keyHash: number): void {
    if (slot > this.#slots) this.#grow(slot);
    this.#hash[slot] = keyHash;
    this.#newcomer = slot;
    const b1 = this.#ghosts.size(B1); // the paper's sizes still have the ghost in them
    const b2 = this.#ghosts.size(B2);
    this.#ghostOf = this.#ghosts.take(keyHash);
    if (this.#ghostOf === B1) this.#p = Math.min(this.#p + Math.max(1, b2 / b1), this.#c);
    if (this.#ghostOf === B2) this.#p = Math.max(this.#p - Math.max(1, b1 / b2), 0);
    this.#put(this.#ghostOf === NO_GHOST ? T1 : T2, slot);
  }

  read(slot: number): void {
    this.#newcomer = 0;
    this.#take(slot);
    this.#put(T2, slot);
  }

  removed(slot: number): void {
    if (slot === this.#newcomer) this.#newcomer = 0;
    this.#take(slot);
  }

  victim(): number | undefined {
    const newcomer = this.#newcomer;
    const inT1 = newcomer !== 0 && this.#list[newcomer] === T1 ? 1 : 0;
    const inT2 = newcomer !== 0 && this.#list[newcomer] === T2 ? 1 : 0;
    const t1 = this.#t1 - inT1;
    const t2 = this.#t2 - inT2;
    const c = t1 + t2;
    if (c === 0) return newcomer === 0 ? undefined : this.#leave(newcomer);
    this.#c = c;
    while (this.#ghosts.size(B1) > 0 && t1 + this.#ghosts.size(B1) + inT1 > c) this.#ghosts.forgetOldest(B1);
    if (t1 + inT1 > c) return this.#leave(this.#order.last(T1)); // case IV A with B1 empty: T1 fills the cache
    while (this.#ghosts.size(B1) + this.#ghosts.size(B2) >= c) {
      this.#ghosts.forgetOldest(this.#ghosts.size(B2) > 0 ? B2 : B1);
    }
    return this.#replace(t1, t2);
  }

  /** REPLACE of the paper: someone leaves T1 or T2 and a ghost stays. Not the newcomer: it is first in its list. */
  #replace(t1: number, t2: number): number {
    const isTie = t1 === this.#p && this.#newcomer !== 0 && this.#ghostOf === B2;
    const list = t2 === 0 || (t1 > 0 && (t1 > this.#p || isTie)) ? T1 : T2;
    const slot = this.#order.last(list);
    this.#ghosts.remember(list === T1 ? B1 : B2, this.#hash[slot]!);
    return this.#leave(slot);
  }

  #leave(slot: number): number {
    this.removed(slot);
    return slot;
  }

  #put(list: number, slot: number): void {
    this.#order.pushFirst(list, slot);
    this.#list[slot] = list;
    if (list === T1) this.#t1++;
    else this.#t2++;
  }

  #take(slot: number): void {
    this.#order.unlink(slot);
    if (this.#list[slot] === T1) this.#t1--;
    else this.#t2--;
  }

  #grow(slot: number): void {
    this.#slots = Math.max(slot, 2 * this.#slots);
    this.#order.reserve(this.#slots);
    this.#list = resized(this.#list, this.#slots + 1);
    this.#hash = resized(this.#hash, this.#slots + 1);
  }
}
