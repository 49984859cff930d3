import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Arc } from './arc.js';
import { arcModel } from './arc.model.js';
import { expectSameAsModel } from './fixtures/same-as-model.js';
import { hitsOf, SimulatedCache } from './fixtures/simulate.js';
import { loop, scans, zipf } from './fixtures/streams.js';
import { Lru } from './lru.js';
import { policyContract } from './policy.contract.js';

const make = (options = {}) => new Arc(options);

policyContract('Arc', make);

test("hits and victims are those of the paper's figure 4", () => {
  expectSameAsModel(make, arcModel);
});

test("hits and victims are the paper's on streams long enough for p to wander", () => {
  for (const capacity of [7, 50, 200]) {
    for (const stream of [
      zipf(20_000, 1_000, 1),
      scans(20_000, { keys: 400, period: 500, length: 150, seed: 2 }),
      loop(5_000, 220),
    ]) {
      const ours = new SimulatedCache(make({ maxEntries: capacity }), capacity);
      const theirs = arcModel(capacity);
      for (const key of stream) if (ours.access(key).hit !== theirs.access(key).hit) throw new Error(`${key} differs`);
    }
  }
});

test('p never passes c', () => {
  const ours = new SimulatedCache(make({ maxEntries: 4 }), 4);
  const theirs = arcModel(4);
  // The shortest stream found on which an unbounded p names another victim.
  for (const key of [5, 7, 7, 2, 3, 4, 5, 6, 6, 3, 9, 1, 2, 3]) expect(ours.access(key)).toEqual(theirs.access(key));
});

test('a newcomer that was read is spared no longer than p says', () => {
  const policy = make();
  policy.added(1, 1);
  policy.added(2, 2);
  policy.read(1);
  policy.added(3, 3);
  expect(policy.victim()).toBe(2); // to B1
  policy.added(2, 2); // p is 1 now, and 2 in T2
  expect(policy.victim()).toBe(1);
  policy.read(2);
  expect(policy.victim()).toBe(2); // T1 has one entry, which is its target
});

test('a cache bounded by bytes, with entries of one size, has the hits of one bounded by entries', () => {
  const stream = scans(20_000, { keys: 400, period: 500, length: 150, seed: 3 });
  const byEntries = hitsOf(new SimulatedCache(make({ maxEntries: 50 }), 50), stream);
  const byBytes = hitsOf(new SimulatedCache(make(), 50 * 64, () => 64), stream);
  expect(byBytes).toBe(byEntries);
});

test('a limit in entries that bytes never let the cache reach changes nothing', () => {
  const stream = scans(20_000, { keys: 400, period: 500, length: 150, seed: 4 });
  const size = (key: number) => 1 + (key % 5);
  const bytesOnly = hitsOf(new SimulatedCache(make(), 150, size), stream);
  const both = hitsOf(new SimulatedCache(make({ maxEntries: 100_000 }), 150, size), stream);
  expect(both).toBe(bytesOnly);
});

test('a scan longer than the cache leaves what was read twice in place', () => {
  const warm = [1, 2, 3, 4, 1, 2, 3, 4];
  const scan = Array.from({ length: 100 }, (_, i) => 1_000 + i);
  const again = (policy: Arc | Lru) => {
    const cache = new SimulatedCache(policy, 8);
    hitsOf(cache, [...warm, ...scan]);
    return hitsOf(cache, [1, 2, 3, 4]);
  };
  expect(again(make({ maxEntries: 8 }))).toBe(4);
  expect(again(new Lru({ maxEntries: 8 }))).toBe(0);
});

test('sizes and deletions leave it with no slot that is not resident', () => {
  const step = fc.record({ key: fc.nat(40), drops: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 40 }), fc.array(step, { maxLength: 400, size: 'max' }), (capacity, steps) => {
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
        assert(present.has(key));
      }
    }),
  );
});
