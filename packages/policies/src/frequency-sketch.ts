// How often a key was asked for of late, about, in four bits a counter: what TinyLFU compares to decide who stays.
//
// A count-min sketch (Cormode, Muthukrishnan, "An improved data stream summary", 2005) with four rows: a key has a counter
// in each, an increment raises all four, and the least is the estimate, so that keys which share a counter can only make it
// too high. The four lie in one block of 64 bytes, which is one cache line (as in Caffeine).
//
// Counts age by halving (Einziger, Friedman, Manes, "TinyLFU", ACM ToS 13(4), 2017), all at once, or loops suffer: keys that
// are asked for equally often would differ by where their counters lie. But halving eight megabytes takes milliseconds.
// So it is done on paper first: a sweep follows, some blocks at each increment, and what lies beyond it is halved when
// read and raised by two.
//
// Cost: one cache line a call. Memory: 8 bytes for each entry that it is made for, rounded up to a power of two.

import { resized } from './resized.js';

const BLOCK_WORDS = 16; // of 8 counters each: 64 bytes
const ENTRIES_A_BLOCK = 8;
const MOST = 15;
const AGE_AFTER = 10; // increments, for each entry of the cache
const SWEPT_AT_ONCE = 4; // blocks: the sweep is over after a three-hundredth of the time between two

export class FrequencySketch {
  /** Signed, so that a full counter on top makes no number beyond 31 bits, which V8 would keep as a double. */
  #words: Int32Array;
  #blockMask: number;
  /** Blocks from here on are still to be halved. */
  #swept: number;
  #period: number;
  #sinceAged = 0;

  /** @param entries that the cache holds, from 1. */
  constructor(entries: number) {
    const blocks = 2 ** Math.max(0, Math.ceil(Math.log2(entries / ENTRIES_A_BLOCK)));
    this.#words = new Int32Array(blocks * BLOCK_WORDS);
    this.#blockMask = blocks - 1;
    this.#swept = blocks;
    this.#period = AGE_AFTER * entries;
  }

  /**
   * The cache holds so many entries now. What is known of keys stays known, and memory never shrinks.
   * Cost: all of the sketch where it doubles, else none.
   */
  resize(entries: number): void {
    this.#period = AGE_AFTER * entries;
    while (entries > this.#blocks * ENTRIES_A_BLOCK) this.#double();
  }

  /** 0 to 15. @param hash 32 bits, signed or not. */
  frequency(hash: number): number {
    const words = this.#words;
    const mixed = mix(hash);
    const block = mixed & this.#blockMask;
    const places = mix(mixed);
    const first = block * BLOCK_WORDS;
    const least = Math.min(
      count(words, first, places),
      count(words, first + 4, places >>> 8),
      count(words, first + 8, places >>> 16),
      count(words, first + 12, places >>> 24),
    );
    return block < this.#swept ? least : least >>> 1;
  }

  increment(hash: number): void {
    if (++this.#sinceAged > this.#period) this.#age();
    if (this.#swept <= this.#blockMask) this.#sweep();
    const words = this.#words;
    const mixed = mix(hash);
    const block = mixed & this.#blockMask;
    const by = block < this.#swept ? 1 : 2;
    const places = mix(mixed);
    const first = block * BLOCK_WORDS;
    raise(words, first, places, by);
    raise(words, first + 4, places >>> 8, by);
    raise(words, first + 8, places >>> 16, by);
    raise(words, first + 12, places >>> 24, by);
  }

  get #blocks(): number {
    return this.#blockMask + 1;
  }

  #age(): void {
    while (this.#swept < this.#blocks) this.#sweep(); // only where the cache has become much smaller
    this.#swept = 0;
    this.#sinceAged = 0;
  }

  #sweep(): void {
    const end = Math.min(this.#swept + SWEPT_AT_ONCE, this.#blocks);
    for (let at = this.#swept * BLOCK_WORDS; at < end * BLOCK_WORDS; at++) {
      this.#words[at] = (this.#words[at]! >>> 1) & 0x77777777;
    }
    this.#swept = end;
  }

  /** Blocks are chosen by low bits: the sketch twice over has every key's counters where they are looked for now. */
  #double(): void {
    while (this.#swept < this.#blocks) this.#sweep();
    const { length } = this.#words;
    const twice = resized(this.#words, 2 * length);
    twice.set(this.#words, length);
    this.#words = twice;
    this.#blockMask = 2 * this.#blockMask + 1;
    this.#swept = this.#blocks;
  }
}

// A place in a row is five bits: one of its four words, and one of the eight counters there. The rows are written out above,
// which is a tenth faster than a loop.

function count(words: Int32Array, row: number, place: number): number {
  return (words[row + (place & 3)]! >>> (place & 0x1c)) & MOST;
}

function raise(words: Int32Array, row: number, place: number, by: number): void {
  const at = row + (place & 3);
  const word = words[at]!;
  const room = MOST - ((word >>> (place & 0x1c)) & MOST);
  if (room > 0) words[at] = word + (Math.min(by, room) << (place & 0x1c));
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the hash reaches every bit. */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
