// A circle of signed 64-bit hashes, as Go's int is. It serves a dialect that exists to agree with Go processes, with fifty
// points a member, so it is plain: bigints and a binary search. A lookup among 500 points takes 0.25 µs and 7 ns a byte of the
// key, a point 5 µs to make.

import type { Circle } from './circle.js';

export interface Hashes64 {
  pointHash(id: string, replica: number): bigint;
  keyHash(key: string): bigint;
}

export class Circle64 implements Circle {
  readonly #keyHash: (key: string) => bigint;
  readonly #hashes: BigInt64Array;
  readonly #members: Uint16Array;

  constructor(ids: readonly string[], counts: readonly number[], { pointHash, keyHash }: Hashes64) {
    this.#keyHash = keyHash;
    const points = ids.flatMap((id, member) =>
      Array.from({ length: counts[member]! }, (_, replica) => ({ hash: pointHash(id, replica), member })),
    );
    points.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.member - b.member));
    this.#hashes = BigInt64Array.from(points, (point) => point.hash);
    this.#members = Uint16Array.from(points, (point) => point.member);
  }

  get size(): number {
    return this.#hashes.length;
  }

  find(key: string): number {
    const hash = this.#keyHash(key);
    let low = 0;
    let high = this.#hashes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#hashes[middle]! < hash) low = middle + 1;
      else high = middle;
    }
    return low === this.#hashes.length ? 0 : low;
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
    return placeOf(this.#hashes[point]!);
  }

  placeOf(key: string): number {
    return placeOf(this.#keyHash(key));
  }
}

/** The upper 53 bits: all that a number holds, so that the last hash does not round up to 1. */
function placeOf(hash: bigint): number {
  return Number((hash + 2n ** 63n) >> 11n) / 2 ** 53;
}
