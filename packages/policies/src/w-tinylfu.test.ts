import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectSameAsModel } from './fixtures/same-as-model.js';
import { hitsOf, SimulatedCache } from './fixtures/simulate.js';
import { loop, scans, shifts, zipf } from './fixtures/streams.js';
import { policyContract } from './policy.contract.js';
import { WTinyLfu } from './w-tinylfu.js';
import { wTinyLfuModel } from './w-tinylfu.model.js';

const make = (options = {}) => new WTinyLfu(options);

policyContract('WTinyLfu', make);

test('hits and victims are those of three plain rows and a hill climber', () => {
  expectSameAsModel(make, wTinyLfuModel, { isLimitKnown: fc.constant(true) });
});

test('and so they are on streams long enough for the window to wander', () => {
  for (const capacity of [5, 60]) {
    for (const stream of [
      zipf(6_000, 500, 1),
      scans(6_000, { keys: 300, period: 500, length: 150, seed: 2 }),
      shifts(6_000, { keys: 200, period: 1_000, seed: 3 }),
      loop(3_000, 75),
    ]) {
      const ours = new SimulatedCache(make({ maxEntries: capacity }), capacity);
      const theirs = wTinyLfuModel(capacity);
      for (const key of stream) assert.deepEqual(ours.access(key), theirs.access(key));
    }
  }
});

test('what is popular stays through a scan of a hundred times the cache', () => {
  const cache = new SimulatedCache(make({ maxEntries: 50 }), 50);
  const popular = Array.from({ length: 25 }, (_, key) => key);
  for (let round = 0; round < 8; round++) hitsOf(cache, popular);
  hitsOf(
    cache,
    Array.from({ length: 5_000 }, (_, i) => 1_000 + i),
  );
  expect(hitsOf(cache, popular)).toBeGreaterThanOrEqual(24);
});
