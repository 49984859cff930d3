// Auto: W-TinyLFU whose balance is what miniatures of the cache have shown to be best.
//
// Five miniatures, each with a window and a handicap of its own, see the requests for a sample of the keys, chosen by hash, as
// a cache so much smaller would see all of them (Waldspurger et al., "Cache Modeling and Optimization using Miniature
// Simulations", ATC 2017). The balance of the one that hits most of late becomes that of the cache, once its lead is more
// than chance. So there is no slope to climb and no dip to be stuck before, and a change moves a border, not the entries.
//
// Good wherever some balance of W-TinyLFU is: from pure recency to pure frequency, scans and loops. Slower to learn in a
// cache of less than some hundred entries, whose miniatures are too small to tell.
//
// Cost: that of W-TinyLFU, and some 600 ns for one request in C / 32, or in 256 where that is less: a tenth more time at a
// thousand entries, nothing to speak of from ten thousand up. Below a thousand the sample is larger: at 300 entries a request
// takes half as long again.
// Memory: 12 bytes a slot and 8 to 16 of the sketch, 8 where the limit is a power of two; 8 to 120 kB for the miniatures.

import { FrequencySketch } from './frequency-sketch.js';
import { Miniatures } from './miniatures.js';
import { type EvictionPolicy, type PolicyOptions, slotsToReserve } from './policy.js';
import { hashBits, TinyLfuLists } from './tiny-lfu-lists.js';

export class Auto implements EvictionPolicy {
  readonly #sketch: FrequencySketch;
  readonly #lists: TinyLfuLists;
  #miniatures: Miniatures;

  constructor(options: PolicyOptions = {}) {
    const slots = slotsToReserve(options);
    this.#sketch = new FrequencySketch(options.maxEntries ?? slots);
    this.#miniatures = new Miniatures(options.maxEntries ?? slots);
    this.#lists = new TinyLfuLists(this.#sketch, slots, options.maxEntries, this.#miniatures.balance);
  }

  added(slot: number, keyHash: number): void {
    this.#count(hashBits(keyHash));
    this.#lists.added(slot, keyHash);
  }

  read(slot: number): void {
    this.#count(this.#lists.hashOf(slot));
    this.#lists.read(slot);
  }

  removed(slot: number): void {
    this.#lists.removed(slot);
  }

  victim(): number | undefined {
    const slot = this.#lists.victim();
    // Made for a cache of another size: what they have learnt holds for that one.
    if (!this.#miniatures.fits(this.#lists.capacity)) {
      this.#miniatures = new Miniatures(this.#lists.capacity, this.#miniatures.balance);
    }
    return slot;
  }

  describe(): string {
    return this.#miniatures.describe();
  }

  #count(keyHash: number): void {
    this.#sketch.increment(keyHash);
    if (!this.#miniatures.samples(keyHash)) return;
    if (this.#miniatures.requested(keyHash)) this.#lists.balance = this.#miniatures.balance;
  }
}
