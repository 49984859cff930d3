import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CacheError } from '@ringcache/cache-core';
import { ManualClock, seededRandom } from '@ringcache/cache-core/testing';
import type { Directory, Discovery } from './discovery.js';
import { storeDiscovery } from './etcd-discovery.js';
import type { EtcdStore } from './etcd-store.js';
import { REREAD_MS, STALE_AFTER_MS, WATCH_CREATED_MS } from './etcd-watch.js';
import { MemoryEtcd } from './testing/memory-etcd.js';
import { memberOf, SnapshotLog } from './testing/snapshot-log.js';

const TTL_MS = 10_000;
const A_LITTLE_MS = 200; // more than the first retry, less than anything that is slow

let clock: ManualClock;
let etcd: MemoryEtcd;
let discovery: Discovery & Directory;
let log: SnapshotLog;
let errors: CacheError[];

beforeEach(() => {
  clock = new ManualClock();
  etcd = new MemoryEtcd(clock);
  errors = [];
  discovery = open();
});
afterEach(async () => {
  await discovery.close();
  expect(clock.pending - etcd.liveLeases).toBe(0); // no timer is left behind
  expect(etcd.openWatches).toBe(0);
});

test('a member that joins or leaves is in the next list, without waiting', async () => {
  await follow('a');
  await discovery.put(memberOf('b'));
  await discovery.delete('a');
  await clock.advance(0);
  expect(log.all).toEqual(['a', 'a b', 'b']);
});

test('no list is given before etcd has answered once', async () => {
  etcd.goAway();
  log = new SnapshotLog(discovery);
  await clock.advance(60_000);
  expect(log.all).toEqual([]);
  etcd.comeBack();
  await discovery.put(memberOf('a'));
  await clock.advance(2_000);
  expect(log.last).toBe('a');
});

test('a dropped watch that is replaced at once flips nothing', async () => {
  await follow('a');
  etcd.endWatches(new Error('connection reset'));
  await discovery.put(memberOf('b')); // in the gap
  await clock.advance(STALE_AFTER_MS * 2);
  expect(log.all).toEqual(['a', 'a b']);
  expect(errors.map(({ message }) => message)).toEqual(['connection reset']);
});

test('while etcd is away the last list stays, and is marked stale after three seconds', async () => {
  await follow('a', 'b');
  etcd.goAway();
  await clock.advance(STALE_AFTER_MS - 1);
  expect(log.all).toEqual(['a b']);
  await clock.advance(1);
  expect(log.last).toBe('a b (stale)');
  await clock.advance(3_600_000);
  expect(log.last).toBe('a b (stale)');
  etcd.comeBack();
  await clock.advance(2_000);
  expect(log.all).toEqual(['a b', 'a b (stale)', 'a b']);
});

test('a member that joins between the read and the watch is not missed', async () => {
  const store = etcd.store();
  let between = () => store.put('clusters/dev/b', JSON.stringify(memberOf('b')), {});
  const slow: EtcdStore = {
    ...store,
    watch(...args) {
      const [prefix, revision, listener] = args;
      let watch = { cancel() {} };
      between().then(() => {
        between = async () => 0;
        watch = store.watch(prefix, revision, listener);
      });
      return { cancel: () => watch.cancel() };
    },
  };
  const racing = open(slow);
  await discovery.put(memberOf('a'));
  log = new SnapshotLog(racing);
  await clock.advance(0);
  expect(log.all).toEqual(['a', 'a b']);
  await racing.close();
});

test('an event that the last member is gone is looked up before it is believed', async () => {
  const store = etcd.store();
  let lie = () => {};
  const lying = open({
    ...store,
    watch(prefix, revision, listener) {
      lie = () => listener.events([{ type: 'delete', key: 'clusters/dev/a', revision: 1_000 }]);
      return store.watch(prefix, revision, listener);
    },
  });
  await discovery.put(memberOf('a'));
  log = new SnapshotLog(lying);
  await clock.advance(0);
  lie();
  await clock.advance(1_000);
  expect(log.all).toEqual(['a']);
  await lying.close();
});

test('events that a watch swallows are noticed at the next read', async () => {
  await follow('a');
  etcd.watchesMute = true;
  await discovery.put(memberOf('b'));
  await clock.advance(REREAD_MS * 0.8);
  expect(log.last).toBe('a');
  await clock.advance(REREAD_MS * 0.2);
  expect(log.last).toBe('a b');
});

test('history that is compacted under the watch loses nothing', async () => {
  await follow('a');
  await discovery.put(memberOf('b'));
  etcd.compact();
  await discovery.put(memberOf('c'));
  await clock.advance(A_LITTLE_MS);
  expect(log.last).toBe('a b c');
});

test('watches that are never confirmed leave a list that is read every few seconds', async () => {
  etcd.watchesHang = true;
  await follow('a');
  await discovery.put(memberOf('b'));
  await clock.advance(WATCH_CREATED_MS + A_LITTLE_MS);
  await clock.advance(STALE_AFTER_MS * 10);
  expect(log.all).toEqual(['a', 'a b']);
  etcd.watchesHang = false;
  await clock.advance(WATCH_CREATED_MS + 2_000);
  await discovery.put(memberOf('c'));
  await clock.advance(0);
  expect(log.last).toBe('a b c');
});

test('an empty answer is asked for again before it is believed', async () => {
  await discovery.put(memberOf('a'));
  etcd.emptyReads = 1;
  await follow();
  expect(log.all).toEqual(['a']);
  etcd.emptyReads = 1;
  etcd.endWatches(new Error('connection reset'));
  await clock.advance(STALE_AFTER_MS * 2);
  expect(log.all).toEqual(['a']);
});

test('a list that is empty indeed is given, at the beginning and when the last member leaves', async () => {
  await follow();
  await discovery.put(memberOf('a'));
  await clock.advance(0);
  await discovery.delete('a');
  await clock.advance(0);
  expect(log.all).toEqual(['', 'a', '']);
});

test('an etcd that came back empty leaves members a TTL to register again', async () => {
  await follow('a', 'b', 'c');
  etcd.goAway();
  await clock.advance(TTL_MS * 3);
  etcd.wipe();
  etcd.comeBack();
  await clock.advance(TTL_MS / 2);
  expect(log.last).toBe('a b c');
  await discovery.put(memberOf('b'));
  await clock.advance(TTL_MS / 2 + 2_000);
  expect(log.all).toEqual(['a b c', 'a b c (stale)', 'a b c', 'b']);
});

test('an etcd that loses all data between two reads leaves members a TTL as well', async () => {
  await follow('a', 'b');
  etcd.wipe();
  etcd.endWatches(new Error('connection reset'));
  await clock.advance(TTL_MS - 1_000);
  expect(log.all).toEqual(['a b']);
  await clock.advance(2_000);
  expect(log.all).toEqual(['a b', '']);
});

test('members whose leases ran out in an outage are not dropped before they could come back', async () => {
  await follow('a', 'b');
  etcd.goAway();
  await clock.advance(TTL_MS);
  etcd.comeBack();
  await discovery.delete('a'); // before the first read after the outage: as if it had run out
  await clock.advance(TTL_MS / 2);
  expect(log.last).toBe('a b');
  await discovery.put(memberOf('a'));
  await clock.advance(TTL_MS * 2);
  expect(log.all).toEqual(['a b', 'a b (stale)', 'a b']);
});

test('a second outage within the grace gives a whole grace anew', async () => {
  await follow('a', 'b');
  etcd.goAway();
  await clock.advance(TTL_MS);
  etcd.wipe();
  etcd.comeBack();
  await clock.advance(TTL_MS / 2);
  etcd.goAway();
  await clock.advance(TTL_MS * 2);
  expect(log.last).toBe('a b (stale)');
  etcd.comeBack();
  await clock.advance(TTL_MS / 2);
  expect(log.last).toBe('a b');
  await clock.advance(TTL_MS / 2 + 2_000);
  expect(log.last).toBe('');
});

test('a member that leaves after an outage is gone at once', async () => {
  await follow('a', 'b');
  etcd.goAway();
  await clock.advance(TTL_MS);
  etcd.comeBack();
  await clock.advance(2_000);
  await discovery.delete('a');
  await clock.advance(0);
  expect(log.last).toBe('b');
});

test('an entry that is no member is skipped, reported once, and disturbs nobody', async () => {
  const store = etcd.store();
  await store.put('clusters/dev/x', 'not json', {});
  await store.put('clusters/dev/y', JSON.stringify({ ...memberOf('y'), weight: -1 }), {});
  await store.put('clusters/dev/z', JSON.stringify(memberOf('q')), {});
  await store.put('clusters/dev2/a', JSON.stringify(memberOf('a')), {});
  await follow('b');
  await clock.advance(REREAD_MS * 3);
  expect(log.all).toEqual(['b']);
  expect(errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    'invalid_argument: skipped clusters/dev/x in etcd: a record of a member must be JSON',
    'invalid_argument: skipped clusters/dev/y in etcd: weight of member y must be over 0 and at most 1000, not -1',
    'invalid_argument: skipped clusters/dev/z in etcd: the value under z is of member q',
  ]);
  await store.put('clusters/dev/x', JSON.stringify(memberOf('x')), {});
  await clock.advance(0);
  expect(log.last).toBe('b x');
});

test('a member that changes its addresses is a change of the list', async () => {
  await follow('a');
  await discovery.put({ ...memberOf('a'), weight: 3 });
  await clock.advance(0);
  expect(log.seen.map(({ members }) => members[0]?.weight)).toEqual([1, 3]);
});

test('a reader that leaves ends its watch, and only its own', async () => {
  await follow('a');
  const other = new SnapshotLog(discovery);
  await clock.advance(0);
  expect(etcd.openWatches).toBe(2);
  await log.stop();
  expect(etcd.openWatches).toBe(1);
  await discovery.put(memberOf('b'));
  await clock.advance(0);
  expect(log.last).toBe('a');
  expect(other.last).toBe('a b');
});

function open(store = etcd.store()): Discovery & Directory {
  return storeDiscovery(store, {
    cluster: 'dev',
    ttlMs: TTL_MS,
    clock,
    random: seededRandom(1),
    onError: (error) => errors.push(error),
  });
}

/** Puts members, and begins to watch. */
async function follow(...ids: string[]): Promise<void> {
  for (const id of ids) await discovery.put(memberOf(id));
  log = new SnapshotLog(discovery);
  await clock.advance(0);
}
