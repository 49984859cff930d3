import { expect, test } from '@jest/globals';

import { RecentFailures } from './recent-failures.js';

const failure = (at: number, key = `k${at}`) => ({ at, key, code: 'unavailable', message: 'away', ms: 1 }) as const;

test('the last twenty are kept, the latest first', () => {
  const failures = new RecentFailures();
  expect(failures.list()).toEqual([]);
  for (let at = 1; at <= 3; at++) failures.add(failure(at));
  expect(failures.list().map(({ at }) => at)).toEqual([3, 2, 1]);
  for (let at = 4; at <= 47; at++) failures.add(failure(at));
  expect(failures.list().map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, i) => 47 - i));
});

test('keys and messages of strangers are cut', () => {
  const failures = new RecentFailures();
  failures.add({ ...failure(1, 'k'.repeat(8_000)), message: 'm'.repeat(8_000) });
  const [only] = failures.list();
  expect([only!.key.length, only!.message.length]).toEqual([100, 500]);
});
