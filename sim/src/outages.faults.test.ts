import { expect, jest, test } from '@jest/globals';

import { measure, OUTAGES } from './outages.js';

jest.setTimeout(120_000);

const NONE = { failedGets: 0, lost: 0, partialForMs: 0 };
const NONE_OF_SUFFERER = { failedGetsOfSufferer: 0, lostOfSufferer: 0, unwrittenForMs: 0 };

function cost(name: string) {
  return measure(OUTAGES.find((outage) => outage.name === name)!, 1);
}

test.each([
  'the links to etcd are cut, leases run out',
  'the same, and etcd is back for all but one',
  'etcd loses all that it holds',
  'a member leaves',
])('%s: nothing is lost, no get fails, all writes are told to all', async (name) => {
  expect(await cost(name)).toEqual({ ...NONE, ...NONE_OF_SUFFERER, violations: 0 });
});

test.each(['a member stands still for 15 s', 'a member crashes', 'a member is cut off from the others'])(
  '%s: of the keys of others none is lost, and no get of them fails',
  async (name) => {
    const { failedGets, lost, partialForMs, failedGetsOfSufferer, violations } = await cost(name);
    expect({ failedGets, lost, violations }).toEqual({ failedGets: 0, lost: 0, violations: 0 });
    expect(failedGetsOfSufferer).toBeGreaterThan(0); // else there was no outage
    expect(partialForMs).toBeLessThanOrEqual(4_500); // by the cluster's own clock: W, and the member's slowest
  },
);

test('a member that is cut off while etcd is dead makes all doubt, and costs nobody an entry', async () => {
  const { lost, lostOfSufferer, failedGets, violations } = await cost('a member is cut off, and etcd is dead');
  expect({ lost, lostOfSufferer, violations }).toEqual({ lost: 0, lostOfSufferer: 0, violations: 0 });
  expect(failedGets).toBeGreaterThan(0);
});
