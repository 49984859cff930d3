import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '@ringcache/cache-core/testing';
import { type EtcdCluster, startEtcdCluster } from '@ringcache/infra';

import { etcdClient } from './etcd-client.js';
import type { EtcdStore } from './etcd-store.js';
import { EtcdViewDirectory } from './etcd-view-directory.js';
import { MemoryEtcd } from './testing/memory-etcd.js';
import { viewDirectoryContract, viewMember, viewOf } from './view-directory.contract.js';

const TTL_MS = 10_000;

let etcd: EtcdCluster;
beforeAll(async () => {
  etcd = await startEtcdCluster();
});
afterAll(() => etcd?.stop());

let clusters = 0;

viewDirectoryContract('EtcdViewDirectory, over etcd,', () => {
  const cluster = `test-${++clusters}`;
  const stores: EtcdStore[] = [];
  const process = () => {
    const store = etcdClient({ hosts: etcd.hosts, attemptTimeoutMs: 5_000, random: Math.random });
    stores.push(store);
    return new EtcdViewDirectory({ store, cluster, ttlMs: TTL_MS, onEvent: () => {}, onError: () => {} });
  };
  return { process, close: async () => stores.forEach((store) => void store.close()) };
});

viewDirectoryContract('EtcdViewDirectory, over an etcd in memory,', () => {
  const memory = new MemoryEtcd(new ManualClock());
  const process = () =>
    new EtcdViewDirectory({
      store: memory.store(),
      cluster: 'test',
      ttlMs: TTL_MS,
      onEvent: () => {},
      onError: () => {},
    });
  return { process, close: async () => {} };
});

describe('a registration', () => {
  const a = viewMember('a');
  let clock: ManualClock;
  let memory: MemoryEtcd;
  let store: EtcdStore;
  let events: string[];
  let errors: string[];
  let directory: EtcdViewDirectory;

  beforeEach(() => {
    clock = new ManualClock();
    memory = new MemoryEtcd(clock);
    store = memory.store();
    events = [];
    errors = [];
    directory = new EtcdViewDirectory({
      store: memory.store(),
      cluster: 'dev',
      ttlMs: TTL_MS,
      onEvent: (event) => events.push(event.kind === 'lost' ? `lost ${event.reason}` : event.kind),
      onError: ({ message }) => errors.push(message),
    });
  });

  test('that nobody renews lapses, and is made again with the next renewal', async () => {
    await directory.renew(a);
    await clock.advance(TTL_MS);
    expect(await store.get('clusters/dev/a')).toBeUndefined();
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect(events).toEqual(['registered', 'lost expired', 'registered']);
  });

  test('that is renewed stays, under one lease', async () => {
    await directory.renew(a);
    for (let i = 0; i < 5; i++) {
      await clock.advance(TTL_MS / 2);
      await directory.renew(a);
    }
    expect([events, memory.liveLeases]).toEqual([['registered'], 1]);
  });

  test('that somebody deletes, or takes off its lease, is put back', async () => {
    await directory.renew(a);
    await store.delete('clusters/dev/a');
    expect((await directory.renew(a)).registered).toEqual([a]);
    const { value } = (await store.get('clusters/dev/a'))!;
    await store.put('clusters/dev/a', value, {});
    await directory.renew(a);
    expect((await store.get('clusters/dev/a'))?.lease).not.toBe('');
    expect(events.filter((event) => event !== 'registered')).toEqual(['lost deleted', 'lost overwritten']);
    expect(memory.liveLeases).toBe(1);
  });

  test('made by hand names no process, and is none of the registered', async () => {
    await store.put('clusters/dev/b', JSON.stringify({ id: 'b', grpc: 'b:1', http: '', weight: 1 }), {});
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect(errors).toEqual([]);
  });

  test('or a record that is nonsense is told of once, and can be replaced', async () => {
    await store.put('clusters/dev/b', 'nonsense', {});
    await store.put('views/dev', '{"id":""}', {});
    const { record } = await directory.renew(a);
    expect(record).toBeUndefined();
    expect(errors).toEqual([
      'skipped clusters/dev/b in etcd: a record of a member must be JSON',
      expect.stringMatching(/^skipped views\/dev in etcd: no view: /),
    ]);
    const last = await directory.renew(a);
    expect(await directory.replace(last.revision, viewOf(1, [a]))).toBe(true);
    expect((await directory.renew(a)).record).toEqual(viewOf(1, [a]));
  });

  test.each([
    ['text', 'no'],
    ['null', 'null'],
    ['a number below 1', { number: 0 }],
    ['no list of members', { members: 'a' }],
    ['a member with no process', { members: [{ id: 'a', grpc: 'a:1', http: '', weight: 1 }] }],
    ['a member that is none', { before: [null] }],
    ['a lapsed one without a name', { lapsed: [1] }],
    ['no word on whether it is armed', { armed: undefined }],
    ['an id that is too long', { id: 'x'.repeat(1_000) }],
  ])('a record with %s is no view', async (_, change) => {
    const text = typeof change === 'string' ? change : JSON.stringify({ ...viewOf(1, [a]), ...change });
    await store.put('views/dev', text, {});
    expect((await directory.renew(a)).record).toBeUndefined();
    expect(errors).toEqual([expect.stringMatching(/^skipped views\/dev in etcd: /)]);
  });
});
