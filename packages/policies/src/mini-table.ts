// From a key's hash to an entry, a small number from 1: open addressing over 16 bits, for the few thousand keys at most that
// miniatures know.

export class MiniTable {
  /** Entries, 0 where none is; half of it empty. */
  readonly #table: Uint16Array;
  readonly #mask: number;
  readonly #hashes: Int32Array;
  readonly #free: Uint16Array;
  #freeCount: number;

  /** @param entries the most that there may be at once, below 2^15. */
  constructor(entries: number) {
    this.#table = new Uint16Array(2 ** Math.ceil(Math.log2(2 * entries)));
    this.#mask = this.#table.length - 1;
    this.#hashes = new Int32Array(entries + 1);
    this.#free = Uint16Array.from({ length: entries }, (_, i) => entries - i);
    this.#freeCount = entries;
  }

  /** Of each entry. */
  get hashes(): Int32Array {
    return this.#hashes;
  }

  /** The entry of a hash, which is made where there is none. */
  entryOf(hash: number): number {
    const wanted = hash | 0;
    let at = this.#home(wanted);
    for (let entry = this.#table[at]!; entry !== 0; entry = this.#table[at]!) {
      if (this.#hashes[entry] === wanted) return entry;
      at = (at + 1) & this.#mask;
    }
    const made = this.#free[--this.#freeCount]!;
    this.#table[at] = made;
    this.#hashes[made] = wanted;
    return made;
  }

  /** Shifts back those that stand behind it, so that no look-up meets a gap (Knuth, TAOCP 3, 6.4, algorithm R). */
  remove(entry: number): void {
    let hole = this.#home(this.#hashes[entry]!);
    while (this.#table[hole] !== entry) hole = (hole + 1) & this.#mask;
    for (let at = (hole + 1) & this.#mask; this.#table[at] !== 0; at = (at + 1) & this.#mask) {
      const home = this.#home(this.#hashes[this.#table[at]!]!);
      if (((at - home) & this.#mask) < ((at - hole) & this.#mask)) continue;
      this.#table[hole] = this.#table[at]!;
      hole = at;
    }
    this.#table[hole] = 0;
    this.#free[this.#freeCount++] = entry;
  }

  #home(hash: number): number {
    return (Math.imul(hash, 0x9e3779b1) >>> 16) & this.#mask; // 2^32 / golden ratio: spreads what is alike
  }
}
