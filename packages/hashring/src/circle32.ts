// A circle of 32-bit hashes with a table over their top bits: an entry says where the points of that prefix begin. With no
// fewer entries than points a lookup reads one entry and about one point. Measured on 10 members of 8,192 points: 13 ns,
// where a binary search over the same array takes 99 (17 branches that cannot be predicted); on 40,960 points 10 and 84.
//
// The table is also what sorts: points are dealt into their prefixes (a counting sort, which is stable, so equal points stay
// in the order of their members), then each prefix, of one point on average, is put in order by insertion. That is linear
// for the well-spread hashes it is meant for; hashes that all share a prefix would make it quadratic.

import type { Circle } from './circle.js';

/** Hashes of the points 0 to `count` - 1 of one member. */
export type PointHashes = (id: string, count: number) => Uint32Array;

export class Circle32 implements Circle {
  readonly #keyHash: (key: string) => number;
  readonly #hashes: Uint32Array;
  readonly #members: Uint16Array;
  readonly #firstOf: Uint32Array;
  readonly #shift: number;

  /** @param options.keyHash gives an unsigned 32-bit number; it is called once per lookup. */
  constructor(
    ids: readonly string[],
    counts: readonly number[],
    options: { pointHashes: PointHashes; keyHash: (key: string) => number },
  ) {
    this.#keyHash = options.keyHash;
    const lots = ids.map((id, member) => options.pointHashes(id, counts[member]!));
    const size = lots.reduce((sum, lot) => sum + lot.length, 0);
    // At least one bit: a shift by 32 is a shift by 0 in JavaScript.
    const bits = Math.max(1, Math.ceil(Math.log2(size)));
    this.#shift = 32 - bits;
    this.#hashes = new Uint32Array(size);
    this.#members = new Uint16Array(size);
    this.#firstOf = firstOfPrefix(lots, bits);
    deal(lots, this.#firstOf, this.#shift, this.#hashes, this.#members);
    sortNearlySorted(this.#hashes, this.#members);
  }

  get size(): number {
    return this.#hashes.length;
  }

  find(key: string): number {
    const hashes = this.#hashes;
    const hash = this.#keyHash(key);
    let point = this.#firstOf[hash >>> this.#shift]!;
    while (point < hashes.length && hashes[point]! < hash) point++;
    return point === hashes.length ? 0 : point;
  }

  memberAt(point: number): number {
    return this.#members[point]!;
  }

  hashAt(point: number): string {
    return String(this.#hashes[point]);
  }

  hashOf(key: string): string {
    return String(this.#keyHash(key));
  }

  placeAt(point: number): number {
    return this.#hashes[point]! / 2 ** 32;
  }

  placeOf(key: string): number {
    return this.#keyHash(key) / 2 ** 32;
  }
}

function firstOfPrefix(lots: readonly Uint32Array[], bits: number): Uint32Array {
  const firstOf = new Uint32Array(2 ** bits);
  for (const lot of lots) {
    for (let i = 0; i < lot.length; i++) firstOf[lot[i]! >>> (32 - bits)]!++;
  }
  let first = 0;
  for (let prefix = 0; prefix < firstOf.length; prefix++) {
    const count = firstOf[prefix]!;
    firstOf[prefix] = first;
    first += count;
  }
  return firstOf;
}

function deal(
  lots: readonly Uint32Array[],
  firstOf: Uint32Array,
  shift: number,
  hashes: Uint32Array,
  members: Uint16Array,
): void {
  const nextOf = firstOf.slice();
  for (let member = 0; member < lots.length; member++) {
    const lot = lots[member]!;
    for (let i = 0; i < lot.length; i++) {
      const place = nextOf[lot[i]! >>> shift]!++;
      hashes[place] = lot[i]!;
      members[place] = member;
    }
  }
}

/** Insertion sort. Points of a lower prefix stand before all of a higher one, so nothing moves out of its prefix. */
function sortNearlySorted(hashes: Uint32Array, members: Uint16Array): void {
  for (let i = 1; i < hashes.length; i++) {
    const hash = hashes[i]!;
    const member = members[i]!;
    let place = i;
    for (; place > 0 && hashes[place - 1]! > hash; place--) {
      hashes[place] = hashes[place - 1]!;
      members[place] = members[place - 1]!;
    }
    hashes[place] = hash;
    members[place] = member;
  }
}
