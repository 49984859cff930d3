import { expect, test } from '@jest/globals';
import { loop, zipf } from './fixtures/streams.js';
import { BALANCES, Miniatures } from './miniatures.js';
import { modelHashOf } from './tiny-lfu.model.js';

const recency = BALANCES.find(({ window }) => window === 1)!;

/** Tells them of every sampled request; returns how often the balance changed. */
function tell(miniatures: Miniatures, stream: readonly number[]): number {
  const sampled = stream.map(modelHashOf).filter((hash) => miniatures.samples(hash));
  return sampled.filter((hash) => miniatures.requested(hash)).length;
}

/** Each key twice, so many requests apart, and never again: what comes often is of no use. */
const twice = (requests: number, apart: number) =>
  Array.from({ length: requests }, (_, i) => (i % 2 === 0 ? i : Math.max(0, i - 1 - apart)));

test('a small cache is sampled in full, a large one for a 256th of its keys or less', () => {
  const hashes = Array.from({ length: 100_000 }, (_, key) => modelHashOf(key));
  const share = (capacity: number) => {
    const miniatures = new Miniatures(capacity);
    return hashes.filter((hash) => miniatures.samples(hash)).length / hashes.length;
  };
  expect(share(20)).toBe(1);
  expect(share(1_000)).toBeCloseTo(0.032, 2);
  expect(share(10_000)).toBeCloseTo(1 / 256, 3);
  expect(share(1_000_000)).toBeCloseTo(512 / 1_000_000, 3);
});

test('a loop longer than the cache turns recency into frequency with a handicap', () => {
  const miniatures = new Miniatures(300, recency);
  tell(miniatures, loop(30_000, 400));
  expect(miniatures.balance).toEqual({ window: 0.01, handicap: 1 });
});

test('keys that come twice and never again turn frequency into recency', () => {
  const miniatures = new Miniatures(300);
  tell(miniatures, twice(60_000, 400));
  expect(miniatures.balance).toBe(recency);
});

test('a change of the traffic is followed within the horizon', () => {
  const miniatures = new Miniatures(100);
  tell(miniatures, twice(20_000, 130));
  expect(miniatures.balance.window).toBeGreaterThanOrEqual(0.3);
  tell(miniatures, loop(8_000, 120));
  expect(miniatures.balance).toEqual({ window: 0.01, handicap: 1 });
});

test('where all balances do as well, none is changed for another', () => {
  const miniatures = new Miniatures(200, recency);
  expect(tell(miniatures, zipf(20_000, 150, 1))).toBe(0); // everything fits
});

test('true is answered when the balance changed, and only then', () => {
  const miniatures = new Miniatures(40, recency);
  for (const key of [...loop(4_000, 60), ...twice(4_000, 50)]) {
    const before = miniatures.balance;
    const hash = modelHashOf(key);
    if (miniatures.samples(hash)) expect(miniatures.requested(hash)).toBe(miniatures.balance !== before);
  }
});

test('they fit a cache up to twice or half as large', () => {
  const miniatures = new Miniatures(100);
  expect([49, 50, 100, 200, 201].map((capacity) => miniatures.fits(capacity))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});
