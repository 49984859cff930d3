import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EtcdCluster, startEtcdCluster } from '@ringcache/infra';
import { etcdClient } from './etcd-client.js';
import { storeContract } from './etcd-store.contract.js';

let cluster: EtcdCluster;
beforeAll(async () => {
  cluster = await startEtcdCluster();
});
afterAll(() => cluster?.stop());

const client = (hosts: readonly string[] = cluster.hosts) =>
  etcdClient({ hosts, attemptTimeoutMs: 1_000, random: Math.random });

storeContract('etcdClient', () => client());

test('hosts with and without https are refused together, and none at all', () => {
  expect(() => client(['http://a:1', 'https://b:1'])).toThrow('all https:// or none');
  expect(() => client([])).toThrow('etcd needs 1 to 32 hosts, not 0');
});

test('a call that no host answers is unavailable and names the host', async () => {
  const store = client(['127.0.0.1:1']);
  await expect(store.read('x')).rejects.toThrow(/^etcd at 127\.0\.0\.1:1: .*ECONNREFUSED/);
  await expect(store.read('x')).rejects.toHaveProperty('code', 'unavailable');
  store.close();
});

test('a host that is away is left for one that answers', async () => {
  const store = client(['127.0.0.1:1', ...cluster.hosts, '127.0.0.1:1']);
  for (let i = 0; i < 10; i++) await store.read('x');
  store.close();
});
