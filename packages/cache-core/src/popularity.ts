// Which keys of other members are asked for so often here that a copy pays. A copy saves a fetch each time it is asked for
// again in its life; so what counts is how often a key was asked for in about such a time, whether the owner answered or a
// copy: a key that is held does not have to earn its next copy anew.
//
// A count-min sketch (Cormode, Muthukrishnan, "An improved data stream summary", 2005): fixed memory, where a map of counts
// would grow with the keys, and no dice as in groupcache, which copies one fetch in ten, popular or not. Only the least of a
// key's counters are raised (conservative update; Estan, Varghese, "New directions in traffic measurement", 2002), which keeps
// those that rare keys share with popular ones right.
//
// Counts are halved with time, so that what was popular an hour ago is not so now, however little came since; and when so many
// different keys have come that collisions would make rare ones look popular. Then a key has to be popular among so many.

import type { Clock } from './contracts.js';

const ROW_MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const; // xxHash's primes: odd, well mixed
const ROWS = ROW_MULTIPLIERS.length;
const MAX_COUNT = 255;
const BITS = 8; // of a counter: it is 0 after so many halvings
const LESS_TOP_BITS = 0x7f7f7f7f; // of four counters in a word, where halving would let one run into the next

const MEMORY_SHARE = 1 / 64; // of the copies' memory
const MIN_COUNTERS_A_ROW = 2 ** 8;
const MAX_COUNTERS_A_ROW = 2 ** 18; // a megabyte in all, halved in half a millisecond

/** Of a copy's life. With one life, half of the asks that one copy could have served would lie on two sides of a halving. */
const LIVES = 2;
const MIN_HALVED_EVERY_MS = 1_000; // group.ts looks no more often

export interface PopularityOptions {
  clock: Clock;
  /** How long a copy lives, in ms. */
  hotTtlMs: number;
  /** The limit of all copies. The sketch takes up to a 64th of it, and at least 1 KiB, besides. */
  hotBytes: number;
}

export class Popularity {
  readonly #clock: Clock;
  #halvedEveryMs: number;
  readonly #countersARow: number;
  readonly #shift: number; // of a mixed hash to a place in a row
  readonly #counters: Uint8Array; // a row behind the other
  readonly #words: Uint32Array; // the same memory
  #halvedAt: number;
  #newKeys = 0; // of those that are not counted as 0, about

  constructor({ clock, hotTtlMs, hotBytes }: PopularityOptions) {
    this.#clock = clock;
    this.#halvedEveryMs = halvedEveryMs(hotTtlMs);
    this.#halvedAt = clock.now();
    this.#countersARow = countersARow(hotBytes);
    this.#shift = 32 - Math.log2(this.#countersARow);
    this.#counters = new Uint8Array(ROWS * this.#countersARow);
    this.#words = new Uint32Array(this.#counters.buffer);
  }

  /**
   * Counts that the key was asked for once more, and returns how often of late, this time included; seldom too high, and 255
   * at most. Cost: some 10 ns, and now and then a halving.
   * @param hash of the key, 32 bits.
   */
  count(hash: number): number {
    const counters = this.#counters;
    const row = this.#countersARow;
    const shift = this.#shift;
    const first = Math.imul(hash, ROW_MULTIPLIERS[0]) >>> shift;
    const second = row + (Math.imul(hash, ROW_MULTIPLIERS[1]) >>> shift);
    const third = 2 * row + (Math.imul(hash, ROW_MULTIPLIERS[2]) >>> shift);
    const fourth = 3 * row + (Math.imul(hash, ROW_MULTIPLIERS[3]) >>> shift);
    const least = Math.min(counters[first]!, counters[second]!, counters[third]!, counters[fourth]!);
    if (least === MAX_COUNT) return MAX_COUNT;
    const raised = least + 1;
    if (counters[first] === least) counters[first] = raised;
    if (counters[second] === least) counters[second] = raised;
    if (counters[third] === least) counters[third] = raised;
    if (counters[fourth] === least) counters[fourth] = raised;
    if (least === 0 && ++this.#newKeys > row) this.#halve();
    return raised;
  }

  /** To be called about once a second: halves the counts when it is time. */
  age(): void {
    const halvings = Math.floor((this.#clock.now() - this.#halvedAt) / this.#halvedEveryMs);
    if (halvings === 0) return;
    this.#halvedAt += halvings * this.#halvedEveryMs;
    for (let i = Math.min(halvings, BITS); i > 0; i--) this.#halve();
  }

  /** So long, in ms, from now on. */
  copiesLive(hotTtlMs: number): void {
    this.#halvedEveryMs = halvedEveryMs(hotTtlMs);
  }

  #halve(): void {
    const words = this.#words;
    for (let i = 0; i < words.length; i++) words[i] = (words[i]! >>> 1) & LESS_TOP_BITS;
    this.#newKeys >>>= 1;
  }
}

function halvedEveryMs(hotTtlMs: number): number {
  return Math.max(MIN_HALVED_EVERY_MS, LIVES * hotTtlMs);
}

/** A power of two. */
function countersARow(hotBytes: number): number {
  const affordable = 2 ** Math.floor(Math.log2((hotBytes * MEMORY_SHARE) / ROWS));
  return Math.min(MAX_COUNTERS_A_ROW, Math.max(MIN_COUNTERS_A_ROW, affordable));
}
