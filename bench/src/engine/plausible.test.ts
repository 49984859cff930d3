import { expect, test } from '@jest/globals';

import type { ContenderName } from '../contenders/kinds.js';
import type { Cell } from './cells.js';
import { checkHits } from './plausible.js';

const zipf: Cell = { workload: 'zipf', keys: 'repeated', entries: 10 };

function check(cell: Cell, hits: Partial<Record<ContenderName, number>>): () => void {
  const results = Object.entries(hits).map(
    ([name, n]) => [name as ContenderName, [{ hits: n, sum: n, ns: 1 }]] as const,
  );
  return () => checkHits(cell, 1_000, new Map(results));
}

test('an exact LRU must hit what the first one hits, one without a bound as much, another policy nearly', () => {
  expect(
    check(zipf, { none: 1_000, 'lru-cache': 800, 'ringcache-lru': 800, map: 900, 'ringcache-auto': 750 }),
  ).not.toThrow();
  expect(check(zipf, { 'lru-cache': 800, 'ringcache-lru': 801 })).toThrow(/ringcache-lru hit 801 of 1000/);
  expect(check(zipf, { 'lru-cache': 800, map: 799 })).toThrow(/map/);
  expect(check(zipf, { 'lru-cache': 800, 'ringcache-auto': 650 })).toThrow(/ringcache-auto/);
});

test('every key must be there where all are hits', () => {
  expect(check({ ...zipf, workload: 'hits' }, { 'lru-cache': 999 })).toThrow(/lru-cache/);
  expect(check({ ...zipf, workload: 'hits' }, { 'ringcache-growing': 980 })).not.toThrow();
});

test('hits whose values were not read are no hits', () => {
  expect(() => checkHits(zipf, 10, new Map([['lru-cache', [{ hits: 9, sum: 0, ns: 1 }]]]))).toThrow(/lru-cache/);
});
