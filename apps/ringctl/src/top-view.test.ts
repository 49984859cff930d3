import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';

import { groupOf, reportOf } from './testing/report.js';
import { type Look, topView } from './top-view.js';

const look = (reports: Look['reports'], failures: Look['failures'] = []): Look => ({
  at: new Date(0),
  reports,
  failures,
});
const shown = (before: Look | undefined, now: Look) => stripVTControlCharacters(topView(before, now).join('\n'));

const asked = (id: string, uptimeMs: number, gets: number) =>
  reportOf(id, {
    uptimeMs,
    groups: [groupOf('scores', { gets, hits: gets / 2, bytes: 1024, maxBytes: 2 * 1024 ** 2 })],
  });

test('shows rates of members, of groups, and of all', () => {
  const text = shown(look([asked('a', 0, 0), asked('b', 0, 0)]), look([asked('a', 2000, 400), asked('b', 2000, 200)]));
  expect(text).toMatch(/2 members, ring ffffffff/);
  expect(text).toMatch(/^300 gets\/s {3}50\.0 % hits/m);
  expect(text).toMatch(/^a +live +2 s .* 200 +50\.0 %/m);
  expect(text).toMatch(/^scores +300 +50\.0 % .* 2\.0 KiB +4\.0 MiB +auto$/m);
});

test('the first look has no rates, and says so', () => {
  const text = shown(undefined, look([asked('a', 0, 5)]));
  expect(text).toContain('rates with the next look');
  expect(text).toMatch(/^scores +- +-/m);
});

test('rings that differ, members that are silent and suspects stand out', () => {
  const other = reportOf('b', { ring: { ...reportOf('b').ring, fingerprint: '0'.repeat(16) }, suspects: ['c'] });
  const silent = { member: reportOf('c').member, error: new Error('connection refused') };
  const text = shown(undefined, look([reportOf('a'), other], [silent]));
  expect(text).toContain('3 members, 1 silent, 2 different rings');
  expect(text).toMatch(/^b +live suspects c/m);
  expect(text).toMatch(/^c +no answer/m);
  expect(text).toContain('c did not answer: connection refused');
});

test('loads that failed are told, the latest first, with nothing in them that a terminal acts on', () => {
  const failure = (at: number, key: string) => ({
    at,
    key,
    code: 'unavailable' as const,
    message: 'down\n\x1b[2J',
    ms: 1,
  });
  const group = groupOf('g', { failures: [failure(9_000, 'late\x1b'), failure(5_000, 'early')] });
  const lines = topView(undefined, look([reportOf('a', { now: 10_000, groups: [group] })]));
  const text = lines.join('\n');
  expect(text).toMatch(/1 s ago, a: load of g\/late\\u\{1b\}: down\\n\\u\{1b\}\[2J\n5 s ago/);
});
