import { expect, test } from '@jest/globals';
import { CacheError, type MemberReport } from '@ringcache/cache-core';

import { memberViews, problemOf, type Watched } from './member-state.js';

function watched(id: string, more: Partial<Watched> = {}): Watched {
  const member = { id, grpc: id, http: '', weight: 1 };
  return { member, report: undefined, problem: undefined, leftAt: undefined, ...more };
}

function report(id: string, more: Partial<MemberReport> = {}): MemberReport {
  return { member: { id, grpc: id, http: '', weight: 1 }, state: 'live', suspects: [], ...more } as MemberReport;
}

const statesOf = (...all: Watched[]) => memberViews(all, true).map(({ state }) => state);

test('a member in the ring that has not been asked is live: discovery says that it is there', () => {
  expect(statesOf(watched('a'))).toEqual(['live']);
});

test('a member that does not answer is suspect, whatever it said before', () => {
  expect(statesOf(watched('a', { report: report('a'), problem: 'did not answer within 2 s' }))).toEqual(['suspect']);
});

test('a member that answers here is suspect where another one cannot reach it, and that one is named', () => {
  const views = memberViews(
    [watched('a', { report: report('a', { suspects: ['b'] }) }), watched('b', { report: report('b') })],
    true,
  );
  expect(views.map(({ state, suspectedBy }) => [state, suspectedBy])).toEqual([
    ['live', []],
    ['suspect', ['a']],
  ]);
});

test('the suspicions of a member that does not answer itself, or has left, count for nothing', () => {
  const old = report('a', { suspects: ['b'] });
  const b = watched('b', { report: report('b') });
  expect(statesOf(watched('a', { report: old, problem: 'cannot be reached' }), b)).toEqual(['suspect', 'live']);
  expect(statesOf(watched('a', { report: old, leftAt: 1 }), b)[1]).toBe('live');
});

test('a member that has left is draining for as long as it says so, and then gone', () => {
  const draining = report('a', { state: 'draining' });
  expect(statesOf(watched('a', { report: draining, leftAt: 1 }))).toEqual(['draining']);
  expect(statesOf(watched('a', { report: draining, leftAt: 1, problem: 'cannot be reached' }))).toEqual(['gone']);
  expect(statesOf(watched('a', { report: report('a'), leftAt: 1 }))).toEqual(['gone']);
});

test('without the right to see them there are states, and no reports', () => {
  const all = [watched('a', { report: report('a', { suspects: ['b'] }) }), watched('b', { report: report('b') })];
  const views = memberViews(all, false);
  expect(views.map(({ state, report }) => [state, report])).toEqual([
    ['live', undefined],
    ['suspect', undefined],
  ]);
});

test.each([
  [new CacheError('deadline', 'no answer'), 'did not answer within 2 s'],
  [new CacheError('unavailable', 'connect ECONNREFUSED ::1:1'), 'cannot be reached: it refuses the connection'],
  [new CacheError('unavailable', 'Name resolution failed'), 'cannot be reached'],
  [new CacheError('unavailable', 'leaving', { answered: true }), 'answered with an error: leaving'],
  [new CacheError('permission_denied', 'no admin', { answered: true }), 'answered with an error: no admin'],
  [new CacheError('internal', 'x'.repeat(10_000)), `answered with an error: ${'x'.repeat(200)}`],
])('%s is told as: %s', (error, problem) => {
  expect(problemOf(error, 2_000)).toBe(problem);
});
