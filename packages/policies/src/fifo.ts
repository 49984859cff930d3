// First in, first out: the entry that came first leaves first, read or not.
//
// A hit writes nothing, which is all there is to say for it: cheapest, and worst by hit ratio. Fit for entries that are
// read in the order they were stored, and as the yardstick other policies are measured against.
//
// Cost: O(1), nothing on a hit. Memory: 8 bytes a slot. A ring buffer would take 4, and leave holes where entries are
// deleted or expire.

import { type EvictionPolicy, type PolicyOptions, slotsToReserve } from './policy.js';
import { SlotList } from './slot-list.js';

export class Fifo implements EvictionPolicy {
  /** Newest first. */
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

  read(_slot: number): void {}

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
