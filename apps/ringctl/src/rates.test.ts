import { expect, test } from '@jest/globals';

import { ratesBetween, sumOf } from './rates.js';
import { groupOf, reportOf } from './testing/report.js';

const at = (uptimeMs: number, gets: number, hits: number, pid = 1) =>
  reportOf('a', {
    uptimeMs,
    process: { ...reportOf('a').process, pid },
    groups: [groupOf('g', { gets, hits, loads: gets - hits })],
  });

test('rates are what was counted between, by the second, whatever the wall clock says', () => {
  const rates = ratesBetween({ ...at(1000, 100, 50), now: 9e9 }, { ...at(3000, 200, 130), now: 0 })!;
  expect(rates.get('g')).toMatchObject({ gets: 50, hits: 40, loads: 10, hitRatio: 0.8 });
});

test('there are none of a member that was started again, or that has not gone on', () => {
  expect(ratesBetween(at(90_000, 100, 50), at(1000, 1, 1))).toBeUndefined();
  expect(ratesBetween(at(1000, 100, 50), at(2000, 200, 100, 2))).toBeUndefined();
  expect(ratesBetween(at(1000, 100, 50), at(1000, 100, 50))).toBeUndefined();
});

test('a group that is new has none yet, and one that nobody asked has no hit ratio', () => {
  const after = { ...at(2000, 100, 50), groups: [groupOf('g', { gets: 100, hits: 50 }), groupOf('new', { gets: 5 })] };
  const rates = ratesBetween(at(1000, 100, 50), after)!;
  expect([rates.has('new'), rates.get('g')!.hitRatio]).toEqual([false, undefined]);
});

test('the hit ratio of several is that of all their gets', () => {
  const [one] = ratesBetween(at(0, 0, 0), at(1000, 90, 90))!.values();
  const [other] = ratesBetween(at(0, 0, 0), at(1000, 10, 0))!.values();
  expect(sumOf([one!, other!])).toMatchObject({ gets: 100, hitRatio: 0.9 });
});
