// When each entry expires, by slot: milliseconds since a base in 32 bits, 0 for never. Memory is taken when the first deadline
// is set, so a cache without times to live has none, and asks no clock.
//
// 32 bits of milliseconds are 49 days. After 24 of them the base moves up and all deadlines with it (a pass over the array,
// a millisecond a million), so a life of up to 24 days always has room. Where a longer one is asked for the array becomes one
// of doubles, for good: 4 bytes more an entry, and no base to move.
//
// Most look-ups need not see the deadline, and are spared its cache line: nothing is due before the earliest of all, and a lower
// bound of that is kept. Deadlines that are set lower it, and each full sweep raises it to what the sweep has seen.
//
// Expiry needs no timer and no wheel: a look-up asks whether its slot has expired, and a sweep in slices finds what nobody
// looks up (a million slots in 1.6 ms; a wheel would take 8 bytes an entry).

import { integers } from './slot-table.js';
import type { Ticker } from './ticker.js';

const HALF = 2 ** 31; // ms; the base is at most so long ago, and a narrow life shorter
const NEVER = 0;

export class Deadlines {
  readonly #ticker: Ticker;
  readonly #reserved: number;
  #at: Uint32Array | Float64Array = new Uint32Array(0);
  #isUsed = false;
  #isWide = false;
  #base = 0;
  /** No deadline is earlier. */
  #earliest = Number.POSITIVE_INFINITY;
  /** The same of those that the sweep has passed, or that were set since it began. */
  #earliestSwept = Number.POSITIVE_INFINITY;

  /** @param reserved slots to take memory for at once, when any is taken; beyond it the array doubles. */
  constructor(ticker: Ticker, reserved: number) {
    this.#ticker = ticker;
    this.#reserved = reserved;
  }

  /** Whether any was set: if not, nothing ever expires. */
  get areUsed(): boolean {
    return this.#isUsed;
  }

  /** @param ttlMs above 0; `Infinity`: never. The entry is there until less than a ms before the end of it, and not at it. */
  set(slot: number, ttlMs: number): void {
    if (ttlMs === Number.POSITIVE_INFINITY) this.clearAt(slot);
    else this.#setFinite(slot, ttlMs);
  }

  /** Never, or the slot is free. */
  clearAt(slot: number): void {
    if (slot < this.#at.length) this.#at[slot] = NEVER;
  }

  hasExpired(slot: number): boolean {
    if (!this.#isUsed) return false;
    const now = this.#ticker.now() - this.#base;
    if (now < this.#earliest || slot >= this.#at.length) return false;
    const at = this.#at[slot]!;
    return at !== NEVER && at <= now;
  }

  /** {@link hasExpired} for a sweep, which passes slot 1 and all up to the highest used one, in order, and begins anew. */
  sweep(slot: number): boolean {
    if (slot === 1) {
      this.#earliest = this.#earliestSwept;
      this.#earliestSwept = Number.POSITIVE_INFINITY;
    }
    const at = slot < this.#at.length ? this.#at[slot]! : NEVER;
    if (at !== NEVER && at < this.#earliestSwept) this.#earliestSwept = at;
    return this.hasExpired(slot);
  }

  /** ms that are left, not above 0 if it has expired; `Infinity`: for ever. */
  ttlAt(slot: number): number {
    const at = slot < this.#at.length ? this.#at[slot]! : NEVER;
    return at === NEVER ? Number.POSITIVE_INFINITY : at + this.#base - this.#ticker.now();
  }

  /** Every entry that is still there stays for so much longer. A pass over all of them. */
  postpone(byMs: number): void {
    for (let slot = 0; slot < this.#at.length; slot++) {
      const ttlMs = this.ttlAt(slot);
      if (ttlMs > 0 && ttlMs !== Number.POSITIVE_INFINITY) this.#setFinite(slot, ttlMs + byMs + 0.5); // of whole ms
    }
  }

  clear(): void {
    this.#at = new Uint32Array(0);
    this.#isUsed = false;
    this.#isWide = false;
    this.#earliest = Number.POSITIVE_INFINITY;
    this.#earliestSwept = Number.POSITIVE_INFINITY;
  }

  #setFinite(slot: number, ttlMs: number): void {
    const now = this.#ticker.now();
    if (!this.#isUsed) {
      this.#isUsed = true;
      this.#base = Math.floor(now) - 1; // so that no deadline to come is 0
    }
    if (!this.#isWide && (ttlMs >= HALF || now - this.#base > HALF)) {
      if (ttlMs >= HALF) this.#widen();
      else this.#moveBase(Math.floor(now) - 1);
    }
    if (slot >= this.#at.length) this.#grow(slot);
    const at = Math.floor(now - this.#base + ttlMs);
    this.#at[slot] = at;
    if (at < this.#earliest) this.#earliest = at;
    if (at < this.#earliestSwept) this.#earliestSwept = at;
  }

  /** Deadlines that lie before the new base become the first ms after it: they have passed either way. */
  #moveBase(base: number): void {
    const by = base - this.#base;
    for (let slot = 0; slot < this.#at.length; slot++) {
      const at = this.#at[slot]!;
      if (at !== NEVER) this.#at[slot] = Math.max(1, at - by);
    }
    this.#base = base;
    this.#earliest = 0; // until it is known again
    this.#earliestSwept = 0;
  }

  #widen(): void {
    this.#isWide = true;
    this.#at = Float64Array.from(this.#at);
  }

  #grow(slot: number): void {
    const length = Math.max(slot + 1, 2 * this.#at.length, this.#reserved);
    const longer = this.#isWide ? new Float64Array(length) : new Uint32Array(integers(length).buffer);
    longer.set(this.#at);
    this.#at = longer;
  }
}
