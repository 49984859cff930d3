import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Circle64 } from './circle64.js';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const anyHash = fc.oneof(
  fc.bigInt({ min: -4n, max: 4n }),
  fc.constantFrom(MIN, MIN + 1n, MAX - 1n, MAX),
  fc.bigInt({ min: MIN, max: MAX }),
);

test('finds what a list in signed order searched from its start finds, ties in the order of members', () => {
  const lots = fc.array(fc.array(anyHash, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lots, fc.array(anyHash, { minLength: 1, maxLength: 12 }), (hashes, keys) => {
      const circle = new Circle64(
        hashes.map((_, member) => String(member)),
        hashes.map((lot) => lot.length),
        { pointHash: (id, replica) => hashes[Number(id)]![replica]!, keyHash: BigInt },
      );
      const points = hashes
        .flatMap((lot, member) => lot.map((hash) => ({ hash, member })))
        .sort((a, b) => Number(a.hash > b.hash) - Number(a.hash < b.hash) || a.member - b.member);
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
  );
});
