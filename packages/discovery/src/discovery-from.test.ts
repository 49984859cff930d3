import { expect, test } from '@jest/globals';
import { keepsRecord } from './discovery.js';
import { type DiscoverySettings, discoveryFrom } from './discovery-from.js';
import { memberOf } from './testing/snapshot-log.js';

const settings: DiscoverySettings = {
  type: 'static',
  members: [memberOf('a')],
  hosts: ['127.0.0.1:1'],
  ttl: 10_000,
  name: 'ringcache.test',
  service: 'ringcache',
};

test.each<[DiscoverySettings['type'], boolean]>([
  ['static', false],
  ['etcd', true],
  ['dns', false],
  ['kubernetes', false],
])('%s is opened, and asks nobody before it has to', async (type, hasRecord) => {
  const discovery = discoveryFrom({ ...settings, type }, { cluster: 'dev', onError: () => {} });
  expect(keepsRecord(discovery)).toBe(hasRecord);
  await discovery.close();
});

test.each<[string, Partial<DiscoverySettings>]>([
  ['DNS without a name', { type: 'dns', name: undefined }],
  ['Kubernetes without a service', { type: 'kubernetes', service: undefined }],
  ['etcd without hosts', { type: 'etcd', hosts: [] }],
])('%s is refused', (_, changed) => {
  expect(() => discoveryFrom({ ...settings, ...changed }, { cluster: 'dev', onError: () => {} })).toThrow(
    expect.objectContaining({ code: 'invalid_argument' }),
  );
});
