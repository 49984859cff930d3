import assert from 'node:assert/strict';
import { test } from '@jest/globals';
import fc from 'fast-check';
import { loop, scans, zipf } from './fixtures/streams.js';
import { FrequencySketch } from './frequency-sketch.js';
import { MiniCaches } from './mini-caches.js';
import { BALANCES } from './miniatures.js';
import { modelHashOf, tinyLfuModel } from './tiny-lfu.model.js';

const KEYS = 2_000;
const entryOf = (key: number) => key + 1;
const hashes = Int32Array.from({ length: KEYS + 1 }, (_, entry) => modelHashOf(entry - 1));

/** Every request goes to all caches, of which each must do what a naive one with its balance does. */
function expectSameAsModels(capacity: number, stream: readonly number[]): void {
  const sketch = new FrequencySketch(capacity);
  const caches = new MiniCaches(sketch, BALANCES, capacity, KEYS);
  const models = BALANCES.map((balance) => tinyLfuModel(capacity, sketch, balance));
  for (const key of stream) {
    sketch.increment(modelHashOf(key));
    models.forEach((model, cache) => {
      const { hit, left } = model.access(key);
      assert.equal(caches.has(cache, entryOf(key)), hit);
      if (hit) caches.read(cache, entryOf(key));
      else assert.equal(caches.add(cache, entryOf(key), hashes), left[0] === undefined ? 0 : entryOf(left[0]));
    });
  }
}

test('each cache hits when a naive one with its balance does, and the same leave', () => {
  const keys = fc.integer({ min: 1, max: 60 }).chain((most) => fc.array(fc.nat(most), { maxLength: 400, size: 'max' }));
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), keys, expectSameAsModels), { numRuns: 40 });
});

test('and so it is on streams long enough for counts to age', () => {
  expectSameAsModels(32, zipf(4_000, 500, 1));
  expectSameAsModels(20, scans(3_000, { keys: 60, period: 200, length: 60, seed: 2 }));
  expectSameAsModels(20, loop(2_000, 30));
});
