import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock } from '@ringcache/cache-core/testing';
import type { Directory, RecordDiscovery } from './discovery.js';
import { storeDiscovery } from './etcd-discovery.js';
import type { EtcdStore } from './etcd-store.js';
import { MemoryEtcd } from './testing/memory-etcd.js';
import { memberOf } from './testing/snapshot-log.js';
import { viewMember } from './testing/view-member.js';

let clock: ManualClock;
let etcd: MemoryEtcd;
let directory: RecordDiscovery & Directory;
let errors: string[];

beforeEach(() => {
  clock = new ManualClock();
  etcd = new MemoryEtcd(clock);
  errors = [];
  directory = open(etcd.store());
});
afterEach(() => directory.close());

test('a member that was put stays until it is deleted', async () => {
  const member = { ...memberOf('a'), id: 'http://a/' };
  expect(await directory.put(member)).toBe('written');
  await clock.advance(86_400_000);
  expect(await directory.get('http://a/')).toEqual({ ...member, leased: false });
  expect(await directory.delete('http://a/')).toBe(true);
  expect(await directory.get('http://a/')).toBeUndefined();
  expect(await directory.delete('http://a/')).toBe(false);
});

test('a member with a TTL goes by itself', async () => {
  await directory.put(memberOf('a'), { ttlMs: 30_000 });
  await clock.advance(10_000);
  expect(await directory.get('a')).toEqual({ ...memberOf('a'), leased: true, ttlMs: 20_000 });
  await clock.advance(20_000);
  expect(await directory.list()).toEqual([]);
});

test('a member that is live is left alone, unless forced', async () => {
  await directory.views({}).renew(viewMember('a'));
  const changed = { ...memberOf('a'), weight: 2 };
  expect(await directory.put(changed)).toBe('live');
  expect(await directory.get('a')).toMatchObject({ weight: 1, leased: true });
  expect(await directory.put(changed, { force: true })).toBe('written');
  expect(await directory.get('a')).toMatchObject({ weight: 2, leased: false });
});

test('a member that registers while it is being put is left alone', async () => {
  const store = etcd.store();
  let looked = 0;
  const racing = open({
    ...store,
    async get(key) {
      const before = await store.get(key);
      if (looked++ === 0) await directory.views({}).renew(viewMember('a'));
      return before;
    },
  });
  expect(await racing.put({ ...memberOf('a'), weight: 2 }, { ttlMs: 5_000 })).toBe('live');
  expect(etcd.liveLeases).toBe(1); // the lease of the put that came too late is given back
  await racing.close();
});

test('the list is sorted, tells leases apart, and leaves out what is no member', async () => {
  await etcd.store().put('clusters/dev/x', '[]', {});
  await directory.put(memberOf('b'));
  await directory.put(memberOf('a'), { ttlMs: 4_500 });
  expect(await directory.list()).toEqual([
    { ...memberOf('a'), leased: true, ttlMs: 5_000 },
    { ...memberOf('b'), leased: false },
  ]);
  expect(errors).toEqual(['skipped clusters/dev/x in etcd: a member needs an id, a string that is not empty']);
});

test('clusters do not see each other', async () => {
  await directory.put(memberOf('a'));
  const other = open(etcd.store(), 'de');
  expect(await other.list()).toEqual([]);
  await other.close();
});

test.each(['', 'a/b', 'a:b', 'ü', 'x'.repeat(65)])('%p is no name for a cluster', (cluster) => {
  expect(() => open(etcd.store(), cluster)).toThrow('cluster');
});

test.each([0, 1_999, 86_400_001, Number.NaN])('a TTL of %p ms is refused', async (ttlMs) => {
  await expect(directory.put(memberOf('a'), { ttlMs })).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(() => storeDiscovery(etcd.store(), { cluster: 'dev', ttlMs })).toThrow('a TTL must be 2000 to 86400000 ms');
});

function open(store: EtcdStore, cluster = 'dev'): RecordDiscovery & Directory {
  return storeDiscovery(store, { cluster, clock, onError: ({ message }) => errors.push(message) });
}
