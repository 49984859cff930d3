// SIEVE: first in, first out, but whoever was read since the hand last passed is passed over, and stays where it is.
//
// Entries stand by age. The hand goes from the oldest to the youngest; who was read loses its mark and stays, who was not
// leaves, and the hand waits there for the next time. So what comes in and is never read is sifted out soon, while the
// hand goes on among the old. Until it first wraps it removes only what was read once: no policy for short lives.
//
// Cost: O(1), a byte written on a hit and nothing moved; an eviction looks at as many as were read since. Memory: 9 bytes a
// slot.
// Source: Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE is Simpler than LRU", NSDI 2024, algorithm 1.

import { type EvictionPolicy, type PolicyOptions, slotsToReserve } from './policy.js';
import { resized } from './resized.js';
import { SlotList } from './slot-list.js';

export class Sieve implements EvictionPolicy {
  /** The youngest first. */
  readonly #order: SlotList;
  #slots: number;
  #wasRead: Uint8Array;
  /** Who is looked at next; 0: the oldest. */
  #hand = 0;
  #newcomer = 0;

  constructor(options: PolicyOptions = {}) {
    this.#slots = slotsToReserve(options);
    this.#order = new SlotList(1, this.#slots);
    this.#wasRead = new Uint8Array(this.#slots + 1);
  }

  added(slot: number): void {
    if (slot > this.#slots) this.#grow(slot);
    this.#order.pushFirst(0, slot);
    this.#wasRead[slot] = 0;
    this.#newcomer = slot;
  }

  read(slot: number): void {
    this.#wasRead[slot] = 1;
    if (slot === this.#newcomer) this.#newcomer = 0;
  }

  removed(slot: number): void {
    if (slot === this.#hand) this.#hand = this.#order.previous(slot);
    if (slot === this.#newcomer) this.#newcomer = 0;
    this.#order.unlink(slot);
  }

  victim(): number | undefined {
    let slot = this.#hand || this.#order.last(0);
    if (slot === 0) return undefined;
    const isAlone = this.#order.last(0) === this.#newcomer;
    // The newcomer was not there yet when the paper's hand moves: it is passed over.
    while (!isAlone && (slot === this.#newcomer || this.#wasRead[slot] !== 0)) {
      this.#wasRead[slot] = 0;
      slot = this.#order.previous(slot) || this.#order.last(0);
    }
    const next = this.#order.previous(slot);
    this.#hand = next === this.#newcomer ? 0 : next;
    if (slot === this.#newcomer) this.#newcomer = 0;
    this.#order.unlink(slot);
    return slot;
  }

  #grow(slot: number): void {
    this.#slots = Math.max(slot, 2 * this.#slots);
    this.#order.reserve(this.#slots);
    this.#wasRead = resized(this.#wasRead, this.#slots + 1);
  }
}
