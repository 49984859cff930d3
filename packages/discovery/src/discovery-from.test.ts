import { expect, test } from '@jest/globals';
import { type DiscoverySettings, discoveryFrom } from './discovery-from.js';
import { memberOf } from './testing/snapshot-log.js';

const settings: DiscoverySettings = {
  type: 'static',
  members: [memberOf('a')],
  hosts: ['127.0.0.1:1'],
  cluster: 'dev',
  ttl: 10_000,
  name: 'ringcache.test',
  service: 'ringcache',
};

test.each<[DiscoverySettings['type'], boolean]>([
  ['static', false],
  ['etcd', true],
  ['dns', true],
  ['kubernetes', true],
])('%s is opened, and asks nobody before it has to', async (type, leased) => {
  const discovery = discoveryFrom({ ...settings, type }, { onError: () => {} });
  expect(discovery.leased).toBe(leased);
  await discovery.close();
});

test.each<[string, Partial<DiscoverySettings>]>([
  ['DNS without a name', { type: 'dns', name: undefined }],
  ['Kubernetes without a service', { type: 'kubernetes', service: undefined }],
  ['etcd without hosts', { type: 'etcd', hosts: [] }],
])('%s is refused', (_, changed) => {
  expect(() => discoveryFrom({ ...settings, ...changed }, { onError: () => {} })).toThrow(
    expect.objectContaining({ code: 'invalid_argument' }),
  );
});
