import { expect, test } from '@jest/globals';
import { expectSameAsModel, expectSameAsSizedModel } from './fixtures/same-as-model.js';
import { hitsOf, SimulatedCache } from './fixtures/simulate.js';
import { scans, zipf } from './fixtures/streams.js';
import { policyContract } from './policy.contract.js';
import { S3Fifo } from './s3-fifo.js';
import { s3FifoModel } from './s3-fifo.model.js';

const make = (options = {}) => new S3Fifo(options);

policyContract('S3Fifo', make);

test("hits and victims are those of the paper's algorithm, in a cache bounded by entries", () => {
  expectSameAsModel(make, s3FifoModel);
});

test("hits and victims are those of the paper's algorithm, where entries have sizes and some are deleted", () => {
  expectSameAsSizedModel(make, s3FifoModel);
});

test("hits are the paper's where the small queue holds more than one", () => {
  for (const capacity of [30, 95]) {
    for (const stream of [zipf(8_000, 600, 1), scans(8_000, { keys: 300, period: 400, length: 150, seed: 2 })]) {
      const ours = hitsOf(new SimulatedCache(make({ maxEntries: capacity }), capacity), stream);
      expect(ours).toBe(hitsOf(s3FifoModel(capacity), stream));
    }
  }
});

test('who comes back while it is remembered goes to the main queue, and stays through a scan', () => {
  const cache = new SimulatedCache(make({ maxEntries: 20 }), 20);
  const fresh = (from: number) => Array.from({ length: 25 }, (_, i) => from + i);
  hitsOf(cache, [1, ...fresh(100), 1]); // left, and back as a ghost
  expect(cache.access(1).hit).toBe(true);
  hitsOf(cache, fresh(200));
  expect(cache.access(1).hit).toBe(true);
});
