import { expect, test } from '@jest/globals';

import { interleaved, median, medianRatio } from './rounds.js';

test('every name runs once a round, every second round backwards', async () => {
  const order: string[] = [];
  const results = await interleaved(['a', 'b', 'c'], 3, async (name, round) => {
    order.push(`${name}${round}`);
    return round;
  });
  expect(order).toEqual(['a0', 'b0', 'c0', 'c1', 'b1', 'a1', 'a2', 'b2', 'c2']);
  expect(results.get('b')).toEqual([0, 1, 2]);
});

test('the median of an even count is halfway between the middle two', () => {
  expect(median([9, 1, 4])).toBe(4);
  expect(median([9, 1, 4, 6])).toBe(5);
  expect(() => median([])).toThrow(RangeError);
});

test('a slow machine in one round does not change a ratio', () => {
  expect(medianRatio([10, 100, 10], [5, 50, 5])).toBe(2);
});
