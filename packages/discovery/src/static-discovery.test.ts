import { expect, test } from '@jest/globals';
import { listDiscoveryContract } from './discovery.contract.js';
import { staticDiscovery } from './static-discovery.js';
import { memberOf } from './testing/snapshot-log.js';

listDiscoveryContract('staticDiscovery', () => {
  const discovery = staticDiscovery([]);
  return { discovery, list: async (...members) => discovery.update(members) };
});

test('a member that is not in the list cannot register: nobody else would hear of it', async () => {
  const discovery = staticDiscovery([memberOf('a')]);
  await expect(discovery.register(memberOf('b'))).rejects.toThrow('member b is not in the static list');
});

test('a registration tells when an update has left the member out', async () => {
  const discovery = staticDiscovery([memberOf('a')]);
  const registration = await discovery.register(memberOf('a'));
  discovery.update([memberOf('b')]);
  expect(registration.registered()).toBe(false);
});

test.each(['0.0.0.0:1', '[::]:1'])('%s is refused as the address of a member: nobody can dial it', (grpc) => {
  expect(() => staticDiscovery([{ ...memberOf('a'), grpc }])).toThrow(/grpc must name a host that others can reach/);
});

test('one id twice is refused, and leaves the list as it was', () => {
  expect(() => staticDiscovery([memberOf('a'), memberOf('b'), memberOf('a')])).toThrow('member a is in the list twice');
});
