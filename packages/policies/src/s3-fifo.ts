// S3-FIFO: three queues, first in, first out: a small one that keeps what comes once from the main one, and ghosts.
//
// Who comes in stands in the small queue, a tenth of the cache. Who has been read twice when its turn there comes goes on to
// the main queue; the others leave and are remembered for a while. Who comes back while it is remembered goes to the main
// queue at once. There an entry that was read since goes round again, once for each of up to three reads.
//
// Good against scans and what comes once; weak where things are wanted again after longer than the small queue remembers.
//
// Cost: O(1), a byte written on a hit and nothing moved; evictions move each entry at most four times, over its life.
// Memory: 14 bytes a slot and 21 to 25 for a ghost, of which there are at most as many as entries in the main queue.
// Source: J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO Queues are All You Need for Cache Eviction", SOSP 2023,
// algorithm 1.

import { Ghosts, NO_GHOST } from './ghosts.js';
import { type EvictionPolicy, type PolicyOptions, slotsToReserve } from './policy.js';
import { resized } from './resized.js';
import { SlotList } from './slot-list.js';

const SMALL = 0;
const MAIN = 1;
const SMALL_SHARE = 0.1;
const MOST_READS = 3;
const READS_FOR_MAIN = 2;

export class S3Fifo implements EvictionPolicy {
  /** Small and main, the youngest first. */
  readonly #order: SlotList;
  readonly #ghosts: Ghosts;
  readonly #sizes = new Int32Array(2);
  #slots: number;
  #list: Uint8Array;
  #reads: Uint8Array;
  #hash: Int32Array;
  #newcomer = 0;

  constructor(options: PolicyOptions = {}) {
    this.#slots = slotsToReserve(options);
    this.#order = new SlotList(2, this.#slots);
    this.#ghosts = new Ghosts(1, this.#slots);
    this.#list = new Uint8Array(this.#slots + 1);
    this.#reads = new Uint8Array(this.#slots + 1);
    this.#hash = new Int32Array(this.#slots + 1);
  }

  added(slot: number, keyHash: number): void {
    if (slot > this.#slots) this.#grow(slot);
    this.#hash[slot] = keyHash;
    this.#reads[slot] = 0;
    this.#newcomer = slot;
    this.#put(this.#ghosts.take(keyHash) === NO_GHOST ? SMALL : MAIN, slot);
  }

  read(slot: number): void {
    const reads = this.#reads[slot]!;
    if (reads < MOST_READS) this.#reads[slot] = reads + 1;
    if (slot === this.#newcomer) this.#newcomer = 0;
  }

  removed(slot: number): void {
    if (slot === this.#newcomer) this.#newcomer = 0;
    this.#take(slot);
  }

  victim(): number | undefined {
    const residents = this.#sizes[SMALL]! + this.#sizes[MAIN]! - (this.#newcomer === 0 ? 0 : 1);
    if (residents === 0) {
      const newcomer = this.#newcomer;
      if (newcomer === 0) return undefined;
      this.removed(newcomer);
      return newcomer;
    }
    const most = Math.max(1, residents - this.#smallTarget(residents));
    for (;;) {
      const inSmall = this.#countIn(SMALL);
      const isSmallsTurn = inSmall > 0 && (inSmall >= this.#smallTarget(residents) || this.#countIn(MAIN) === 0);
      const slot = isSmallsTurn ? this.#sift() : this.#rotate();
      if (slot === 0) continue; // it went on instead
      this.#take(slot);
      if (isSmallsTurn) {
        this.#ghosts.remember(0, this.#hash[slot]!);
        while (this.#ghosts.size(0) > most) this.#ghosts.forgetOldest(0);
      }
      return slot;
    }
  }

  /** The oldest of the small queue, if it leaves; 0: it went on to the main queue. */
  #sift(): number {
    const slot = this.#oldest(SMALL);
    if (this.#reads[slot]! < READS_FOR_MAIN) return slot;
    this.#reads[slot] = 0;
    this.#goOn(slot);
    return 0;
  }

  /** The oldest of the main queue, if it leaves; 0: it went round. */
  #rotate(): number {
    const slot = this.#oldest(MAIN);
    const reads = this.#reads[slot]!;
    if (reads === 0) return slot;
    this.#reads[slot] = reads - 1;
    this.#goOn(slot);
    return 0;
  }

  /** To the young end of the main queue, but behind a newcomer: in the paper that one comes in later. */
  #goOn(slot: number): void {
    this.#take(slot);
    const newcomer = this.#newcomer;
    if (newcomer === 0 || this.#list[newcomer] !== MAIN) {
      this.#put(MAIN, slot);
      return;
    }
    this.#order.insertAfter(newcomer, slot);
    this.#list[slot] = MAIN;
    this.#sizes[MAIN]!++;
  }

  /** The newcomer, which is first where it stands, is not among the choice. */
  #oldest(list: number): number {
    const slot = this.#order.last(list);
    return slot === this.#newcomer ? this.#order.previous(slot) : slot;
  }

  #countIn(list: number): number {
    return this.#sizes[list]! - (this.#newcomer !== 0 && this.#list[this.#newcomer] === list ? 1 : 0);
  }

  #smallTarget(residents: number): number {
    return Math.max(1, Math.floor(SMALL_SHARE * residents));
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
    this.#reads = resized(this.#reads, this.#slots + 1);
    this.#hash = resized(this.#hash, this.#slots + 1);
  }
}
