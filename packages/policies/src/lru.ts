// Least recently used: whoever has gone unread the longest leaves first.
//
// Good where what was asked for lately is asked for again; a scan longer than the cache empties it, and a loop one entry
// longer than the cache never hits.
//
// Cost: O(1), six words written on a hit. Memory: 8 bytes a slot.
// Source: the stack algorithms of Mattson, Gecsei, Slutz, Traiger, "Evaluation techniques for storage hierarchies",
// IBM Systems Journal 9(2), 1970.

import { type EvictionPolicy, type PolicyOptions, slotsToReserve } from './policy.js';
import { SlotList } from './slot-list.js';

export class Lru implements EvictionPolicy {
  /** Most recently used first. */
  readonly #order: SlotList;
  #slots: number;

  constructor(options: PolicyOptions = {}) {
    this.#slots = slotsToReserve(options);
    this.#order = new SlotList(1, this.#slots);
  }

  added(slot: number): void {
    if (slot > this.#slots) this.#grow(slot);
    this.#order.pushFirst(0, slot);
  }

  read(slot: number): void {
    if (this.#order.first(0) === slot) return; // popular keys come in runs
    this.#order.unlink(slot);
    this.#order.pushFirst(0, slot);
  }

  removed(slot: number): void {
    this.#order.unlink(slot);
  }

  victim(): number | undefined {
    const slot = this.#order.last(0);
    if (slot === 0) return undefined;
    this.#order.unlink(slot);
    return slot;
  }

  #grow(slot: number): void {
    this.#slots = Math.max(slot, 2 * this.#slots);
    this.#order.reserve(this.#slots);
  }
}
