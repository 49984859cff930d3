import { expect, test } from '@jest/globals';

import { randomFrom } from '../random.js';
import { arrivals } from './arrivals.js';

const due = arrivals({ perSecond: 10_000, durationMs: 10_000, random: randomFrom(3) });

test('as many are due as the rate says, within five standard deviations, in order and in time', () => {
  expect(Math.abs(due.length - 100_000)).toBeLessThan(5 * Math.sqrt(100_000));
  expect(due).toEqual(Float64Array.from(due).sort());
  expect(due[0]).toBeGreaterThan(0);
  expect(due.at(-1)).toBeLessThan(10_000);
});

test('gaps are spread exponentially: one in e is longer than the mean', () => {
  const gaps = due.slice(1).map((at, i) => at - due[i]!);
  const longer = gaps.filter((gap) => gap > 0.1).length / gaps.length;
  expect(longer).toBeCloseTo(1 / Math.E, 2);
});

test('the same seed gives the same arrivals', () => {
  expect(arrivals({ perSecond: 10_000, durationMs: 10_000, random: randomFrom(3) })).toEqual(due);
});
