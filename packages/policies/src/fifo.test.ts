import { expect, test } from '@jest/globals';
import { Fifo } from './fifo.js';
import { fifoModel } from './fifo.model.js';
import { expectSameAsModel, expectSameAsSizedModel } from './fixtures/same-as-model.js';
import { policyContract } from './policy.contract.js';

const make = (options = {}) => new Fifo(options);

policyContract('Fifo', make);

test('hits and victims are those of the definition, in a cache bounded by entries', () => {
  expectSameAsModel(make, fifoModel);
});

test('hits and victims are those of the definition, where entries have sizes and some are deleted', () => {
  expectSameAsSizedModel(make, fifoModel);
});

test('a hit delays nothing', () => {
  const policy = make();
  for (const slot of [1, 2, 3]) policy.added(slot);
  policy.read(1);
  expect([policy.victim(), policy.victim(), policy.victim()]).toEqual([1, 2, 3]);
});
