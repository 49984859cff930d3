import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Circle32 } from './circle32.js';

const MAX = 2 ** 32 - 1;
/** Few values, so that points meet each other and keys meet points; and the ends of the range. */
const crowded = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: MAX - 9, max: MAX }));
const anyHash = fc.oneof(crowded, fc.integer({ min: 0, max: MAX }));

describe('Circle32', () => {
  test('finds what a sorted list searched from its start finds, ties in the order of members', () => {
    const lots = fc.array(fc.array(anyHash, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lots, fc.array(anyHash, { minLength: 1, maxLength: 20 }), (hashes, keys) => {
        const circle = circleOf(hashes);
        const points = hashes
          .flatMap((lot, member) => lot.map((hash) => ({ hash, member })))
          .sort((a, b) => a.hash - b.hash || a.member - b.member);
        expect(circle.size).toBe(points.length);
        expect(points.map((_, i) => circle.memberAt(i))).toEqual(points.map((point) => point.member));
        expect(points.map((_, i) => circle.hashAt(i))).toEqual(points.map((point) => String(point.hash)));
        const asked = [...keys, ...hashes.flat()];
        const first = asked.map((key) =>
          Math.max(
            0,
            points.findIndex((point) => point.hash >= key),
          ),
        );
        expect(asked.map((key) => circle.find(String(key)))).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  test('with the numbers of the Go test: a key belongs to the next point, the last key to the first point', () => {
    // Replicas 0 to 2 of "6", "4" and "2" are the points 2, 4, 6, 12, 14, 16, 22, 24 and 26; a key is its own hash.
    const ids = ['2', '4', '6'];
    const circle = new Circle32(ids, [3, 3, 3], {
      pointHashes: (id, count) => Uint32Array.from({ length: count }, (_, replica) => Number(`${replica}${id}`)),
      keyHash: Number,
    });
    const owner = (key: string) => ids[circle.memberAt(circle.find(key))];
    expect(['2', '11', '23', '27'].map(owner)).toEqual(['2', '2', '4', '2']);
  });
});

function circleOf(hashes: readonly (readonly number[])[]): Circle32 {
  return new Circle32(
    hashes.map((_, member) => String(member)),
    hashes.map((lot) => lot.length),
    { pointHashes: (id) => Uint32Array.from(hashes[Number(id)]!), keyHash: Number },
  );
}
