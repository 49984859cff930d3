import { describe, expect, test } from '@jest/globals';
import { arcModel } from './arc.model.js';
import { autoModel } from './auto.model.js';
import { createPolicy, POLICY_NAMES, type PolicyName } from './create-policy.js';
import { fifoModel } from './fifo.model.js';
import { hitCounts, streams } from './fixtures/hit-counts.js';
import { hitsOf, SimulatedCache, type Simulation } from './fixtures/simulate.js';
import { lfuModel } from './lfu.model.js';
import { lirsModel } from './lirs.model.js';
import { lruModel } from './lru.model.js';
import { s3FifoModel } from './s3-fifo.model.js';
import { sieveModel } from './sieve.model.js';
import { wTinyLfuModel } from './w-tinylfu.model.js';

const models: Record<PolicyName, (capacity: number) => Pick<Simulation, 'access'>> = {
  fifo: fifoModel,
  lru: lruModel,
  lfu: lfuModel,
  arc: arcModel,
  sieve: sieveModel,
  's3-fifo': s3FifoModel,
  lirs: lirsModel,
  'w-tinylfu': wTinyLfuModel,
  auto: autoModel,
};

test('the names are those that configuration may use', () => {
  expect(POLICY_NAMES).toEqual(['fifo', 'lru', 'lfu', 'arc', 'sieve', 's3-fifo', 'lirs', 'w-tinylfu', 'auto']);
});

test('a name that is none is refused, inherited ones too', () => {
  for (const name of ['mru', '', 'toString', '__proto__']) {
    expect(() => createPolicy(name as PolicyName)).toThrow(RangeError);
  }
});

test('the example of the README gives what it says', () => {
  const policy = createPolicy('lru', { maxEntries: 2 });
  policy.added(1, 0xcafe);
  policy.added(2, 0xbeef);
  policy.read(1);
  policy.added(3, 0xf00d);
  expect(policy.victim()).toBe(2);
});

test('each call makes a policy of its own', () => {
  for (const name of POLICY_NAMES) {
    createPolicy(name).added(1, 1);
    expect(createPolicy(name).victim()).toBeUndefined();
  }
});

test('every policy has a frozen hit count on every stream', () => {
  const cells = Object.keys(streams).flatMap((stream) => POLICY_NAMES.map((policy) => `${stream} ${policy}`));
  expect(hitCounts.map(({ stream, policy }) => `${stream} ${policy}`).sort()).toEqual(cells.sort());
});

describe.each(hitCounts)(
  '$policy with $capacity entries on the $stream stream',
  ({ stream, policy, capacity, hits }) => {
    test(`hits ${hits} times`, () => {
      const cache = new SimulatedCache(createPolicy(policy, { maxEntries: capacity }), capacity);
      expect(hitsOf(cache, streams[stream])).toBe(hits);
    });

    test('and so does its model, from which the count was taken', () => {
      expect(hitsOf(models[policy](capacity) as Simulation, streams[stream])).toBe(hits);
    });
  },
);
