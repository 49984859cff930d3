import { expect, test } from '@jest/globals';
import type { MemberReport } from '@ringcache/cache-core';

import { RateTracker } from './rates.js';

function report(id: string, uptimeMs: number, gets: number, { pid = 1, loads = 0 } = {}): MemberReport {
  const group = { group: 'g', gets, hits: gets / 2, fetches: 0, loads };
  return { member: { id }, uptimeMs, process: { pid }, groups: [group] } as unknown as MemberReport;
}

test('there is no rate before a member has reported twice', () => {
  expect(new RateTracker().next([report('a', 1_000, 500)])).toBeUndefined();
});

test('a rate is what a counter rose by, over the time of the member itself', () => {
  const tracker = new RateTracker();
  tracker.next([report('a', 1_000, 500), report('b', 90_000, 0)]);
  const rates = tracker.next([report('a', 3_000, 700, { loads: 10 }), report('b', 91_000, 30)])!;
  expect(rates.members.get('a')).toEqual({ gets: 100, hits: 50, fetches: 0, loads: 5 });
  expect(rates.members.get('b')!.gets).toBe(30);
  expect(rates.groups.get('g')!.gets).toBe(130);
  expect(rates.total).toEqual({ gets: 130, hits: 65, fetches: 0, loads: 5 });
});

test('a report that is seen again changes nothing', () => {
  const tracker = new RateTracker();
  tracker.next([report('a', 1_000, 0)]);
  tracker.next([report('a', 2_000, 100)]);
  expect(tracker.next([report('a', 2_000, 100)])!.total.gets).toBe(100);
});

test('only the last few seconds count', () => {
  const tracker = new RateTracker();
  let rates = tracker.next([report('a', 0, 0)]);
  for (let second = 1; second <= 20; second++)
    rates = tracker.next([report('a', second * 1_000, second <= 10 ? second * 1_000 : 10_000)]);
  expect(rates!.total.gets).toBe(0);
});

test('a member that was silent for long still has two reports to compare', () => {
  const tracker = new RateTracker();
  tracker.next([report('a', 0, 0)]);
  expect(tracker.next([report('a', 60_000, 600)])!.total.gets).toBe(10);
});

test('a member that was started anew has no rate of below zero', () => {
  const tracker = new RateTracker();
  tracker.next([report('a', 60_000, 6_000)]);
  expect(tracker.next([report('a', 500, 5, { pid: 2 })])).toBeUndefined();
  expect(tracker.next([report('a', 1_500, 25, { pid: 2 })])!.total.gets).toBe(20);
});

test('a member that is gone is gone from the sum', () => {
  const tracker = new RateTracker();
  tracker.next([report('a', 0, 0), report('b', 0, 0)]);
  expect(tracker.next([report('a', 1_000, 10)])!.total.gets).toBe(10);
});
