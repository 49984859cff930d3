import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectSameAsModel } from './fixtures/same-as-model.js';
import { hitsOf, SimulatedCache } from './fixtures/simulate.js';
import { loop, scans, zipf } from './fixtures/streams.js';
import { Lirs } from './lirs.js';
import { lirsModel } from './lirs.model.js';
import { policyContract } from './policy.contract.js';

const make = (options = {}) => new Lirs(options);

policyContract('Lirs', make);

test("hits and victims are those of the paper's stack and queue", () => {
  expectSameAsModel(make, lirsModel, { isLimitKnown: fc.constant(true) });
});

test("hits and victims are the paper's on streams long enough to fill the ghosts", () => {
  for (const capacity of [10, 120]) {
    for (const stream of [
      zipf(5_000, 800, 1),
      scans(5_000, { keys: 400, period: 500, length: 150, seed: 2 }),
      loop(3_000, 220),
    ]) {
      const ours = new SimulatedCache(make({ maxEntries: capacity }), capacity);
      const theirs = lirsModel(capacity);
      for (const key of stream) assert.deepEqual(ours.access(key), theirs.access(key));
    }
  }
});

test('of a loop longer than the cache all but one of its entries stay', () => {
  const rounds = 50;
  const hits = hitsOf(new SimulatedCache(make({ maxEntries: 50 }), 50), loop(rounds * 60, 60));
  expect(hits).toBe((rounds - 1) * 49);
});

test('a cache bounded by bytes, with entries of one size, hits about as often as one bounded by entries', () => {
  for (const stream of [zipf(20_000, 1_000, 3), loop(20_000, 70)]) {
    const byEntries = hitsOf(new SimulatedCache(make({ maxEntries: 50 }), 50), stream);
    const byBytes = hitsOf(new SimulatedCache(make(), 50 * 64, () => 64), stream);
    expect(Math.abs(byBytes - byEntries)).toBeLessThan(0.01 * byEntries);
  }
});
