// An open-addressing hash table of a fixed size from 32-bit hashes to slots, in one typed array.
//
// A word is a slot in its low bits and, as a tag, the hash's high bits above; a table of 2^n words has n bits for the slot, so
// slots must be below 2^n (they are: a slot is no greater than the most entries there have been). The hash's low n bits are
// the word's home. So no bit of the hash is wasted, and a look-up passes by a neighbour without touching what its slot
// points to, but once in 2^(32 - n) times.
//
// Probing is linear: neighbours share a cache line. Deletion moves what follows back over the hole (Knuth, The Art of Computer
// Programming 3, 6.4, algorithm R), so there are no tombstones, and a table that has seen a billion deletions is as fast as
// a new one. A word's home is not in the word: the owner keeps the hashes by slot, and hands the array in.

const MIN_BITS = 4;
const MAX_BITS = 31;
const MAX_LOAD = 0.8; // a hit passes 3 words at it, a miss 13; at the average of a growing table, 0.6, it is 2 and 4

/** How many words, as a power of two, a table needs for so many slots. @throws {RangeError} beyond 1.7 billion. */
export function bitsFor(slots: number): number {
  let bits = MIN_BITS;
  while (bits <= MAX_BITS && slots > 2 ** bits * MAX_LOAD) bits++;
  if (bits > MAX_BITS) throw new RangeError(`an index holds at most ${2 ** MAX_BITS * MAX_LOAD} slots, not ${slots}`);
  return bits;
}

/** 32-bit integers that start as 0. Not on V8's account of external memory, which sets off full collections as it grows. */
export function integers(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

export class SlotTable {
  readonly bits: number;
  /** The most entries, and the highest slot. */
  readonly maxSlot: number;
  readonly #mask: number;
  /** 0: nothing, since slots begin at 1. */
  readonly #words: Int32Array;
  /** Where the last {@link first} or {@link next} stopped. */
  #at = 0;

  constructor(bits: number) {
    this.bits = bits;
    this.maxSlot = Math.floor(2 ** bits * MAX_LOAD);
    this.#mask = 2 ** bits - 1;
    this.#words = integers(2 ** bits);
  }

  /** The first slot that may have this hash; 0: none has. The caller compares keys. */
  first(hash: number): number {
    return this.#walk(hash, hash & this.#mask);
  }

  /** The slot after the one that {@link first} or this gave for the same hash; 0: no other. Nothing may change in between. */
  next(hash: number): number {
    return this.#walk(hash, (this.#at + 1) & this.#mask);
  }

  #walk(hash: number, from: number): number {
    const mask = this.#mask;
    const words = this.#words;
    for (let at = from; ; at = (at + 1) & mask) {
      const word = words[at]!;
      if (word === 0) return 0;
      if (((word ^ hash) & ~mask) === 0) {
        this.#at = at;
        return word & mask;
      }
    }
  }

  /** Takes in a slot that is not in. */
  put(hash: number, slot: number): void {
    const mask = this.#mask;
    const words = this.#words;
    let at = hash & mask;
    while (words[at] !== 0) at = (at + 1) & mask;
    words[at] = (hash & ~mask) | slot;
  }

  /**
   * Takes a slot out.
   * @param hashes by slot, of all that are in.
   * @returns false: it is not in.
   */
  take(slot: number, hashes: Int32Array): boolean {
    const mask = this.#mask;
    const words = this.#words;
    let hole = hashes[slot]! & mask;
    for (; (words[hole]! & mask) !== slot; hole = (hole + 1) & mask) if (words[hole] === 0) return false;
    for (let at = (hole + 1) & mask; words[at] !== 0; at = (at + 1) & mask) {
      const word = words[at]!;
      const home = hashes[word & mask]! & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue; // its home is behind the hole
      words[hole] = word;
      hole = at;
    }
    words[hole] = 0;
    return true;
  }

  /** A position where no cluster of neighbours reaches across; where {@link moveClusters} may begin. */
  gap(): number {
    return this.#words.indexOf(0);
  }

  /**
   * Moves all words of at least `words` positions, and of whole clusters only, so that probes of what is left end where they
   * must.
   * @param from a gap, or what this returned last; positions go round.
   * @returns the gap where it stopped.
   */
  moveClusters(to: SlotTable, from: number, words: number, hashes: Int32Array): number {
    const mask = this.#mask;
    let at = from;
    for (let passed = 1; ; passed++) {
      at = (at + 1) & mask;
      const word = this.#words[at]!;
      if (word === 0) {
        if (passed >= words) return at;
        continue;
      }
      const slot = word & mask;
      to.put(hashes[slot]!, slot);
      this.#words[at] = 0;
    }
  }
}
