import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { divideBudget } from './memory-shares.js';

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
