import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { divideBudget, rescaleBudget } from './memory-shares.js';

const MIB = 2 ** 20;

test('groups that say nothing begin with even parts, and keep an eighth of them', () => {
  expect(divideBudget(3 * MIB, [{ name: 'a' }, { name: 'b' }, { name: 'c' }])).toEqual(
    ['a', 'b', 'c'].map((name) => ({ name, maxBytes: MIB, minBytes: MIB / 8 })),
  );
});

test('those that say nothing divide what the others leave', () => {
  expect(
    divideBudget(4 * MIB, [{ name: 'a', maxBytes: 2 * MIB, minBytes: MIB }, { name: 'b' }, { name: 'c' }]),
  ).toEqual([
    { name: 'a', maxBytes: 2 * MIB, minBytes: MIB },
    { name: 'b', maxBytes: MIB, minBytes: MIB / 8 },
    { name: 'c', maxBytes: MIB, minBytes: MIB / 8 },
  ]);
});

test('what nobody asked for goes to all in proportion', () => {
  const shares = divideBudget(6 * MIB, [
    { name: 'a', maxBytes: MIB },
    { name: 'b', maxBytes: 2 * MIB },
  ]);
  expect(shares.map(({ maxBytes }) => maxBytes)).toEqual([2 * MIB, 4 * MIB]);
});

test.each([
  ['more than there is', MIB, [{ name: 'a', maxBytes: MIB + 1 }], /maxBytes add up to 1048577, more than budgetBytes/],
  ['all of it, with others to come', MIB, [{ name: 'a', maxBytes: MIB }, { name: 'b' }], /leaves 0 bytes for group b/],
  ['more at least than to begin with', MIB, [{ name: 'a', maxBytes: MIB, minBytes: 2 * MIB }], /needs 2097152/],
])('%s is refused', (_, budget, wanted, message) => {
  expect(() => divideBudget(budget, wanted)).toThrow(message);
});

test('the parts of any budget add up to no more than it, and to no less than a byte a group', () => {
  const wanted = fc.array(fc.option(fc.integer({ min: 2 ** 16, max: 2 ** 24 }), { nil: undefined }), { minLength: 1 });
  fc.assert(
    fc.property(wanted, fc.integer({ min: 0, max: 2 ** 30 }), (limits, spare) => {
      const budget = limits.reduce((sum: number, bytes) => sum + (bytes ?? 2 ** 16), spare);
      const shares = divideBudget(
        budget,
        limits.map((maxBytes, i) => ({ name: `${i}`, maxBytes })),
      );
      const sum = shares.reduce((bytes, { maxBytes }) => bytes + maxBytes, 0);
      expect(sum).toBeLessThanOrEqual(budget);
      expect(sum).toBeGreaterThan(budget - limits.length - 1);
    }),
  );
});

test('with another budget each group keeps its proportion, down to its least', () => {
  const shares = [
    { name: 'a', maxBytes: 6 * MIB, minBytes: MIB },
    { name: 'b', maxBytes: 2 * MIB, minBytes: MIB },
  ];
  const maxBytesOf = (budget: number) => rescaleBudget(budget, shares).map(({ maxBytes }) => maxBytes / MIB);
  expect(maxBytesOf(16 * MIB)).toEqual([12, 4]);
  expect(maxBytesOf(4 * MIB)).toEqual([3, 1]);
  expect(maxBytesOf(3 * MIB)).toEqual([2, 1]);
  expect(maxBytesOf(2 * MIB)).toEqual([1, 1]);
  expect(() => rescaleBudget(2 * MIB - 1, shares)).toThrow(
    'minBytes add up to 2097152, more than budgetBytes, 2097151',
  );
});

test('what groups have after any change of the budget is no more than it, and no less than their least', () => {
  const share = fc
    .tuple(fc.integer({ min: 1, max: 2 ** 30 }), fc.integer({ min: 0, max: 2 ** 30 }))
    .map(([min, above]) => ({
      name: 'g',
      minBytes: min,
      maxBytes: min + above,
    }));
  fc.assert(
    fc.property(
      fc.array(share, { minLength: 1, maxLength: 20 }),
      fc.double({ min: 0, max: 4, noNaN: true }),
      (shares, factor) => {
        const least = shares.reduce((sum, { minBytes }) => sum + minBytes, 0);
        const budget = least + Math.floor(factor * least);
        const rescaled = rescaleBudget(budget, shares);
        expect(rescaled.reduce((sum, { maxBytes }) => sum + maxBytes, 0)).toBeLessThanOrEqual(budget);
        for (const { maxBytes, minBytes } of rescaled) expect(maxBytes).toBeGreaterThanOrEqual(minBytes);
      },
    ),
  );
});
