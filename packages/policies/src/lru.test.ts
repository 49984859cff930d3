import { expect, test } from '@jest/globals';
import { expectSameAsModel, expectSameAsSizedModel } from './fixtures/same-as-model.js';
import { Lru } from './lru.js';
import { lruModel } from './lru.model.js';
import { policyContract } from './policy.contract.js';

const make = (options = {}) => new Lru(options);

policyContract('Lru', make);

test('hits and victims are those of the definition, in a cache bounded by entries', () => {
  expectSameAsModel(make, lruModel);
});

test('hits and victims are those of the definition, where entries have sizes and some are deleted', () => {
  expectSameAsSizedModel(make, lruModel);
});

test('a hit sends a slot to the end of the queue', () => {
  const policy = make();
  for (const slot of [1, 2, 3]) policy.added(slot);
  policy.read(1);
  policy.read(1);
  expect([policy.victim(), policy.victim(), policy.victim()]).toEqual([2, 3, 1]);
});
