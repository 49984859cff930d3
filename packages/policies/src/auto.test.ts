import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Auto } from './auto.js';
import { autoModel } from './auto.model.js';
import { expectSameAsModel } from './fixtures/same-as-model.js';
import { hitsOf, SimulatedCache } from './fixtures/simulate.js';
import { loop, scans, shifts, zipf } from './fixtures/streams.js';
import { Lfu } from './lfu.js';
import { Lru } from './lru.js';
import { policyContract } from './policy.contract.js';
import type { EvictionPolicy } from './policy.js';

const make = (options = {}) => new Auto(options);

policyContract('Auto', make);

test('hits and victims are those of three plain rows, with the balance that the miniatures found', () => {
  expectSameAsModel(make, autoModel, { isLimitKnown: fc.constant(true) });
});

test('and so they are on streams long enough for the balance to change', () => {
  for (const capacity of [5, 60]) {
    for (const stream of [
      zipf(5_000, 500, 1),
      [...shifts(4_000, { keys: 200, period: 400, seed: 3 }), ...loop(3_000, 75)],
    ]) {
      const ours = new SimulatedCache(make({ maxEntries: capacity }), capacity);
      const theirs = autoModel(capacity);
      for (const key of stream) assert.deepEqual(ours.access(key), theirs.access(key));
    }
  }
});

const ROOM = 100;
const FAR = 100_000; // entries, of which the bytes let in as many as there is room for
const mixed = {
  zipf: zipf(20_000, 1_500, 4),
  scans: scans(20_000, { keys: 300, period: 400, length: 120, seed: 5 }),
  shifts: shifts(20_000, { keys: 200, period: 2_500, seed: 6 }),
  loop: loop(20_000, 133),
};

const hits = (policy: EvictionPolicy, stream: readonly number[], size = 1) =>
  hitsOf(new SimulatedCache(policy, ROOM * size, () => size), stream);

test.each(Object.entries(mixed))('on %s it is within 3 points of the better of LRU and LFU', (_, stream) => {
  const best = Math.max(hits(new Lru({ maxEntries: ROOM }), stream), hits(new Lfu({ maxEntries: ROOM }), stream));
  expect(hits(make({ maxEntries: ROOM }), stream)).toBeGreaterThan(best - 0.03 * stream.length);
});

test('of a loop a third longer than the cache it keeps nearly as much as fits', () => {
  expect(hits(make({ maxEntries: ROOM }), mixed.loop) / mixed.loop.length).toBeGreaterThan(0.7); // 0.75 fits
});

test.each(Object.entries(mixed))('bounded by bytes, which it has to learn, it hits as often on %s', (_, stream) => {
  const byEntries = hits(make({ maxEntries: ROOM }), stream);
  const byBytes = hits(make(), stream, 64);
  const withFarLimit = hits(make({ maxEntries: FAR }), stream, 64);
  expect(byBytes).toBeGreaterThan(byEntries - 0.01 * stream.length);
  expect(withFarLimit).toBeGreaterThan(byEntries - 0.01 * stream.length);
});

test('sizes and deletions leave it with no slot that is not resident', () => {
  const step = fc.record({ key: fc.nat(60), drops: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 60 }), fc.array(step, { maxLength: 400, size: 'max' }), (capacity, steps) => {
      const cache = new SimulatedCache(make(), capacity, (key) => 1 + (key % 5));
      const present = new Set<number>();
      for (const { key, drops } of steps) {
        if (drops) {
          cache.drop(key);
          present.delete(key);
          continue;
        }
        const { hit, left } = cache.access(key); // throws if a victim holds nothing
        assert.equal(hit, present.has(key));
        present.add(key);
        for (const victim of left) assert(present.delete(victim));
      }
    }),
  );
});

test('it says which balance is in force, and what that hits of a loop that the others hit less of', () => {
  const policy = make({ maxEntries: ROOM });
  expect(policy.describe()).toBe('a window of 1 % of the entries, handicap 1: nothing has been seen yet');
  hits(policy, mixed.loop);
  const told =
    /^a window of 1 % of the entries, handicap 1: of (\d+) sampled requests of late it would hit ([\d.]+) %, the 4 others ([\d.]+) % to ([\d.]+) %$/;
  expect(policy.describe()).toMatch(told);
  const [requests, chosen, least, most] = told.exec(policy.describe())!.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  expect(requests).toBeGreaterThan(100);
  expect(chosen).toBeGreaterThan(50);
  expect(least).toBeLessThan(most);
  expect(most).toBeLessThan(chosen);
});
