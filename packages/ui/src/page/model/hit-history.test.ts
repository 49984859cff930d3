import { expect, test } from '@jest/globals';
import type { MemberReport } from '@ringcache/cache-core';

import { HISTORY_MS, HitHistory } from './hit-history.js';

function report(id: string, uptimeMs: number, gets: number, hits: number): MemberReport {
  return { member: { id }, uptimeMs, groups: [{ group: 'g', gets, hits }] } as unknown as MemberReport;
}

test('what members count between two reports is one point of their group', () => {
  const history = new HitHistory();
  history.add(0, [report('a', 0, 1_000, 0), report('b', 0, 0, 0)]);
  history.add(1_000, [report('a', 1_000, 1_010, 5), report('b', 1_000, 10, 9)]);
  history.add(2_000, [report('a', 2_000, 1_020, 10), report('b', 2_000, 10, 9)]);
  expect(history.of('g')).toEqual([{ at: 0, gets: 30, hits: 19 }]);
  history.add(5_000, [report('a', 5_000, 1_021, 11)]);
  expect(history.of('g').at(-1)).toEqual({ at: 5_000, gets: 1, hits: 1 });
});

test('a member that was started anew begins from nothing', () => {
  const history = new HitHistory();
  history.add(0, [report('a', 60_000, 1_000, 900)]);
  history.add(1_000, [report('a', 500, 7, 0)]);
  expect(history.of('g')).toEqual([]);
});

test('ten minutes are kept, whatever comes after', () => {
  const history = new HitHistory();
  for (let second = 0; second <= 1_500; second++) history.add(second * 1_000, [report('a', second * 1_000, second, 0)]);
  const points = history.of('g');
  expect(points[0]!.at).toBe(1_500_000 - HISTORY_MS);
  expect(points).toHaveLength(HISTORY_MS / 5_000 + 1);
});

test('a group that nobody has seen has no points', () => {
  expect(new HitHistory().of('none')).toEqual([]);
});
