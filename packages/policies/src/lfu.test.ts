import { expect, test } from '@jest/globals';
import { expectSameAsModel, expectSameAsSizedModel } from './fixtures/same-as-model.js';
import { Lfu } from './lfu.js';
import { lfuModel } from './lfu.model.js';
import { policyContract } from './policy.contract.js';

const make = (options = {}) => new Lfu(options);

policyContract('Lfu', make);

test('hits and victims are those of the definition, in a cache bounded by entries', () => {
  expectSameAsModel(make, lfuModel);
});

test('hits and victims are those of the definition, where entries have sizes and some are deleted', () => {
  expectSameAsSizedModel(make, lfuModel);
});

test('the least read leaves first, of equals the one longest unread', () => {
  const policy = make();
  for (const slot of [1, 2, 3, 4]) policy.added(slot);
  for (const slot of [3, 1, 2, 2]) policy.read(slot);
  expect([policy.victim(), policy.victim(), policy.victim(), policy.victim()]).toEqual([4, 3, 1, 2]);
});

test('a count does not outlive its entry', () => {
  const policy = make();
  for (const slot of [1, 2]) policy.added(slot);
  for (let reads = 0; reads < 9; reads++) policy.read(1);
  policy.removed(1);
  policy.added(1);
  policy.read(2);
  policy.added(3); // the newcomer now; 1 has lost its head start
  expect(policy.victim()).toBe(1);
});

test('a newcomer that was read is spared no longer than its count says', () => {
  const policy = make();
  for (const slot of [1, 2]) policy.added(slot);
  policy.read(2);
  for (let reads = 0; reads < 3; reads++) policy.read(1);
  expect(policy.victim()).toBe(2);
});

test('runs are given back: a slot that climbs for ever past others costs no memory', () => {
  const policy = make({ maxEntries: 3 });
  for (const slot of [1, 2, 3]) policy.added(slot);
  for (let round = 0; round < 1_000; round++) for (const slot of [1, 2, 3]) policy.read(slot);
  policy.read(3); // counts now 1001, 1001, 1002
  expect([policy.victim(), policy.victim(), policy.victim()]).toEqual([1, 2, 3]);
});
