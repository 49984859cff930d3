import { expect, test } from '@jest/globals';
import { expectSameAsModel, expectSameAsSizedModel } from './fixtures/same-as-model.js';
import { hitsOf, SimulatedCache } from './fixtures/simulate.js';
import { policyContract } from './policy.contract.js';
import { Sieve } from './sieve.js';
import { sieveModel } from './sieve.model.js';

const make = (options = {}) => new Sieve(options);

policyContract('Sieve', make);

test("hits and victims are those of the paper's algorithm, in a cache bounded by entries", () => {
  expectSameAsModel(make, sieveModel);
});

test("hits and victims are those of the paper's algorithm, where entries have sizes and some are deleted", () => {
  expectSameAsSizedModel(make, sieveModel);
});

test('the hand goes on from where it was, past who was read', () => {
  const policy = make();
  for (const slot of [1, 2, 3, 4, 5]) policy.added(slot);
  policy.read(1);
  policy.read(3);
  expect(policy.victim()).toBe(2); // 1 has lost its mark
  expect(policy.victim()).toBe(4);
  expect(policy.victim()).toBe(1);
});

test('a scan longer than the cache leaves what was read in place', () => {
  const cache = new SimulatedCache(make({ maxEntries: 8 }), 8);
  hitsOf(cache, [1, 2, 3, 4, 1, 2, 3, 4]);
  hitsOf(
    cache,
    Array.from({ length: 7 }, (_, i) => 100 + i),
  );
  expect(hitsOf(cache, [1, 2, 3, 4])).toBe(4);
});
