// From a key's hash to its slot, and which slots are free: what every kind of Entries stands on. It knows hashes, not keys: a
// look-up walks the slots that may have the hash, and the caller, who has the keys, says which one it is.
//
//   let slot = index.first(hash);
//   while (slot !== 0 && keys[slot] !== key) slot = index.next(hash);
//
// Slots are given from 1 up, a freed one first: so they stay dense, and arrays by slot stay short.
//
// Where the most is known all is reserved at once. Else the table doubles, and never all at once, which at a million entries
// would stop the process for 60 ms: the old one stays, look-ups ask the new one and then the old, and each added entry moves
// a few clusters over. After that the two are one again. (Reserving costs no memory by itself: pages that were never touched
// are not there.)
//
// Cost: O(1). Memory: 4 bytes a slot, and 5 to 10 an entry for the table, a half more while it doubles.

import { bitsFor, integers, SlotTable } from './slot-table.js';

const FIRST_SLOTS = 48;
const MOVED_AN_ADD = 8; // positions; the old table is empty long before the new one is full, which takes one add in two

export interface KeyIndexOptions {
  /** The most entries that there are ever at once, an integer from 1. Default: not known, it grows. */
  maxEntries?: number | undefined;
}

export class KeyIndex {
  readonly #reserved: number;
  #table: SlotTable;
  /** While the table doubles: the former one, which empties. */
  #old: SlotTable | undefined;
  /** In the old table, up to where it is empty. */
  #moved = 0;
  /** How many positions of the old table are still to pass. */
  #toMove = 0;
  /** Whether the last candidate came from the old table. */
  #inOld = false;

  /** By slot; of a free one the next free one. */
  #hashes: Int32Array;
  #free = 0;
  #slots = 0;
  #size = 0;

  constructor({ maxEntries }: KeyIndexOptions = {}) {
    this.#reserved = maxEntries ?? FIRST_SLOTS;
    this.#table = new SlotTable(bitsFor(this.#reserved));
    this.#hashes = integers(this.#reserved + 1);
  }

  get size(): number {
    return this.#size;
  }

  /** The highest slot that was ever given. */
  get slots(): number {
    return this.#slots;
  }

  /** The hash that a resident slot was added with. */
  hashAt(slot: number): number {
    return this.#hashes[slot]!;
  }

  /** The first slot that may hold a key of this hash; 0: none does. */
  first(hash: number): number {
    return this.#old === undefined ? this.#table.first(hash) : this.#firstOfTwo(hash, this.#old);
  }

  /** The next one, right after {@link first} or this gave one for the same hash; 0: no other. */
  next(hash: number): number {
    if (this.#old === undefined) return this.#table.next(hash);
    if (this.#inOld) return this.#old.next(hash);
    const slot = this.#table.next(hash);
    if (slot !== 0) return slot;
    this.#inOld = true;
    return this.#old.first(hash);
  }

  #firstOfTwo(hash: number, old: SlotTable): number {
    const slot = this.#table.first(hash);
    this.#inOld = slot === 0;
    return slot !== 0 ? slot : old.first(hash);
  }

  /** Takes in a key that is not there. @param hash signed. @returns its slot. */
  add(hash: number): number {
    const slot = this.#takeFree();
    if (slot > this.#table.maxSlot) this.#double();
    this.#hashes[slot] = hash;
    this.#table.put(hash, slot);
    if (this.#old !== undefined) this.#move(this.#old, MOVED_AN_ADD);
    this.#size++;
    return slot;
  }

  /** Frees a resident slot. */
  remove(slot: number): void {
    if (!this.#table.take(slot, this.#hashes)) this.#old?.take(slot, this.#hashes);
    this.#hashes[slot] = this.#free;
    this.#free = slot;
    this.#size--;
  }

  /** Drops everything, and what it grew to. */
  clear(): void {
    this.#table = new SlotTable(bitsFor(this.#reserved));
    this.#old = undefined;
    this.#hashes = integers(this.#reserved + 1);
    this.#free = 0;
    this.#slots = 0;
    this.#size = 0;
  }

  #takeFree(): number {
    const slot = this.#free;
    if (slot !== 0) {
      this.#free = this.#hashes[slot]!;
      return slot;
    }
    if (++this.#slots === this.#hashes.length) {
      const hashes = integers(2 * this.#slots);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    return this.#slots;
  }

  #double(): void {
    const table = new SlotTable(this.#table.bits + 1);
    if (this.#old !== undefined) this.#move(this.#old, this.#toMove);
    this.#old = this.#table;
    this.#moved = this.#old.gap();
    this.#toMove = 2 ** this.#old.bits;
    this.#table = table;
  }

  #move(old: SlotTable, words: number): void {
    const gap = old.moveClusters(this.#table, this.#moved, words, this.#hashes);
    const passed = (gap - this.#moved) & (2 ** old.bits - 1);
    this.#toMove -= passed === 0 ? 2 ** old.bits : passed;
    this.#moved = gap;
    if (this.#toMove <= 0) this.#old = undefined;
  }
}
