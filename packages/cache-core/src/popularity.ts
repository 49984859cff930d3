// Which keys of other members are asked for so often here that a copy pays: a count-min sketch (Cormode & Muthukrishnan,
// 2005) of small counters that are halved now and then, so that it follows the last few thousand fetches. Fixed memory,
// where a map of counts would grow with the keys; and no dice as in groupcache, which copies one fetch in ten, popular or not.

import { hashString, RANDOM_SEED } from '@ringcache/engine';

const ROWS = 4;
const COUNTERS_A_ROW = 4096; // a power of two; 16 KiB in all
const HALVED_AFTER = 8 * COUNTERS_A_ROW; // additions: more, and rare keys look popular by collisions
const MAX_COUNT = 255;
const ROW_MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f]; // xxHash's primes: odd, well mixed

export class Popularity {
  readonly #counters = new Uint8Array(ROWS * COUNTERS_A_ROW);
  readonly #seed: number;
  #additions = 0;

  /** @param seed of the hash, 32 bits. */
  constructor(seed = RANDOM_SEED) {
    this.#seed = seed;
  }

  /** Counts one more fetch of the key and returns how many there were of late, this one included; it may be too high. */
  count(key: string): number {
    const hash = hashString(key, this.#seed);
    let least = MAX_COUNT;
    for (let row = 0; row < ROWS; row++) {
      const at = row * COUNTERS_A_ROW + (Math.imul(hash, ROW_MULTIPLIERS[row]!) >>> 20);
      if (this.#counters[at]! < MAX_COUNT) this.#counters[at]!++;
      least = Math.min(least, this.#counters[at]!);
    }
    if (++this.#additions >= HALVED_AFTER) this.#halve();
    return least;
  }

  #halve(): void {
    for (let i = 0; i < this.#counters.length; i++) this.#counters[i]! >>>= 1;
    this.#additions = HALVED_AFTER / 2;
  }
}
