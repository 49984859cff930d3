import { expect, test } from '@jest/globals';

import { BALANCINGS, CHOICES, choose } from './choice.js';
import { CONTENDER_NAMES } from './contenders.js';

const nothing = () => undefined;

test('without a choice everybody runs', () => {
  const { contenders, skipped } = choose({ contender: CHOICES, balancing: BALANCINGS, missing: nothing });
  expect(contenders).toEqual(CONTENDER_NAMES);
  expect(skipped).toEqual([]);
});

test('a system that is not installed is named once, and all its contenders are left out', () => {
  const missing = (system: string) => (system === 'redis' ? 'no redis-server on the PATH' : undefined);
  expect(choose({ contender: ['ioredis', 'ioredis-auto', 'ringcache'], balancing: ['owner'], missing })).toEqual({
    contenders: ['ringcache-owner'],
    systems: ['ringcache'],
    skipped: ['redis: no redis-server on the PATH'],
  });
});

test('ringcache runs once for each balancing that was asked for', () => {
  const { contenders, systems } = choose({ contender: ['ringcache'], balancing: BALANCINGS, missing: nothing });
  expect(contenders).toEqual(['ringcache-owner', 'ringcache-round-robin']);
  expect(systems).toEqual(['ringcache']);
});
