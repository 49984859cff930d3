import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EtcdCluster, startEtcdCluster } from '@ringcache/infra';
import { etcdClient } from './etcd-client.js';
import { storeContract } from './etcd-store.contract.js';
import type { StoreEvent } from './etcd-store.js';

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

test('a host that says nothing is left after its time, for calls and keep-alives alike', async () => {
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  const sockets: Socket[] = [];
  await once(silent, 'listening');
  const store = client([`127.0.0.1:${(silent.address() as AddressInfo).port}`]);
  try {
    await expect(store.read('x')).rejects.toHaveProperty('code', 'deadline');
    await expect(store.keepAlive('1')).rejects.toHaveProperty('code', 'deadline');
  } finally {
    store.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});

test('with a user and a password all works where etcd asks for them; with wrong ones nothing is tried again', async () => {
  const guarded = await startEtcdCluster();
  const [host = ''] = guarded.hosts;
  const post = async (path: string, body: object) => {
    const response = await fetch(`${host}/v3/auth/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
  };
  const options = { hosts: [host], attemptTimeoutMs: 1_000, random: Math.random };
  const right = etcdClient({ ...options, user: 'root', password: 'secret' });
  const wrong = etcdClient({ ...options, user: 'root', password: 'guess' });
  const none = etcdClient(options);
  try {
    await post('user/add', { name: 'root', password: 'secret' });
    await post('user/grant', { user: 'root', role: 'root' });
    await post('enable', {});
    const lease = await right.grant(60_000);
    const revision = (await right.put('a', 'one', { lease: lease.id })) ?? 0;
    expect(await right.keepAlive(lease.id)).toBe(60_000);
    const [event] = await new Promise<readonly StoreEvent[]>((events, ended) => {
      right.watch('a', revision, { created() {}, events, ended });
    });
    expect(event).toMatchObject({ type: 'put', entry: { value: 'one' } });
    await expect(wrong.read('a')).rejects.toHaveProperty('code', 'permission_denied');
    await expect(none.read('a')).rejects.toHaveProperty('code', 'invalid_argument'); // etcd: "user name is empty"
  } finally {
    for (const store of [right, wrong, none]) store.close();
    await guarded.stop();
  }
});

test('a host that is away is left for one that answers', async () => {
  const store = client(['127.0.0.1:1', ...cluster.hosts, '127.0.0.1:1']);
  for (let i = 0; i < 10; i++) await store.read('x');
  store.close();
});
