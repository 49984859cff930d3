import { expect, test } from '@jest/globals';

import { randomFrom } from './random.js';
import { zipf } from './zipf.js';

test.each([0.5, 0.99, 1, 1.4])('ranks come in proportion to 1 / rank^%d', (exponent) => {
  const count = 50;
  const draws = 200_000;
  const draw = zipf({ count, exponent, random: randomFrom(7) });
  const seen = new Array<number>(count).fill(0);
  for (let i = 0; i < draws; i++) seen[draw()]!++;

  const weights = seen.map((_, rank) => (rank + 1) ** -exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [rank, weight] of weights.entries()) {
    const expected = (draws * weight) / total;
    expect(Math.abs(seen[rank]! - expected)).toBeLessThan(5 * Math.sqrt(expected)); // five standard deviations
  }
});

test('a single rank is always drawn', () => {
  const draw = zipf({ count: 1, exponent: 0.99, random: randomFrom(1) });
  expect([draw(), draw(), draw()]).toEqual([0, 0, 0]);
});
