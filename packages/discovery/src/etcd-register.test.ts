import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CacheError, type Member } from '@ringcache/cache-core';
import { ManualClock, seededRandom, settled } from '@ringcache/cache-core/testing';
import type { Directory, Discovery, Registration } from './discovery.js';
import { storeDiscovery } from './etcd-discovery.js';
import { CONFIRMED_FOR } from './etcd-register.js';
import type { EtcdStore } from './etcd-store.js';
import { MemoryEtcd } from './testing/memory-etcd.js';
import { memberOf, SnapshotLog } from './testing/snapshot-log.js';

const TTL_MS = 10_000;
const WATCHDOG_MS = CONFIRMED_FOR * TTL_MS;
const A = memberOf('a');
const KEY = 'clusters/dev/a';

let clock: ManualClock;
let etcd: MemoryEtcd;
let store: EtcdStore;
let discovery: Discovery & Directory;
let events: string[];

beforeEach(() => {
  clock = new ManualClock();
  etcd = new MemoryEtcd(clock);
  store = etcd.store();
  discovery = open(etcd.store());
  events = [];
});
afterEach(async () => {
  etcd.keepAlivesHang = false;
  const closed = discovery.close();
  await clock.advance(5_000); // as long as leaving may take
  await closed;
  expect(clock.pending - etcd.liveLeases).toBe(0);
  expect(etcd.openWatches).toBe(0);
});

test('the key is the member as JSON under a lease, and stays for as long as the member does', async () => {
  const registration = await register();
  await clock.advance(TTL_MS * 20);
  const entry = await store.get(KEY);
  expect(entry?.value).toBe('{"id":"a","grpc":"a.test:9999","http":"","weight":1}');
  expect(entry?.lease).not.toBe('');
  expect(registration.registered()).toBe(true);
  expect(events).toEqual(['registered']);
});

test('leaving deletes the key and the lease at once', async () => {
  const registration = await register();
  const log = new SnapshotLog(discovery);
  await settled();
  await registration.leave();
  await settled();
  expect(log.all).toEqual(['a', '']);
  expect(etcd.liveLeases).toBe(0);
  expect(registration.registered()).toBe(false);
});

test('a process that dies is out of the list within its TTL', async () => {
  const alive = etcd.store();
  let dead = false;
  const unlessDead = <T>(work: () => Promise<T>) => (dead ? new Promise<T>(() => {}) : work());
  const process = open({
    ...alive,
    grant: (ttlMs) => unlessDead(() => alive.grant(ttlMs)),
    keepAlive: (id) => unlessDead(() => alive.keepAlive(id)),
  });
  await process.register(A);
  await clock.advance(TTL_MS * 2);
  dead = true;
  expect(await store.get(KEY)).toBeDefined();
  await clock.advance(TTL_MS);
  expect(await store.get(KEY)).toBeUndefined();
  await Promise.all([process.close(), clock.advance(5_000)]);
});

test('a loss is known at eight tenths of the TTL after the last confirmation, before the key is gone', async () => {
  const registration = await register();
  await clock.advance(TTL_MS);
  const confirmedAt = Math.floor(TTL_MS / (TTL_MS / 3)) * (TTL_MS / 3);
  etcd.keepAlivesHang = true;
  await clock.advance(confirmedAt + WATCHDOG_MS - clock.now() - 1);
  expect(registration.registered()).toBe(true);
  expect(events).toEqual(['registered']);
  await clock.advance(1);
  expect(registration.registered()).toBe(false);
  expect(events.at(-1)).toBe('lost silent 8000');
  expect(await store.get(KEY)).toBeDefined();
});

test('the next term takes the key over before the lost lease is given up: the list never misses the member', async () => {
  await register();
  const log = new SnapshotLog(discovery);
  const lease = (await store.get(KEY))?.lease;
  etcd.keepAlivesHang = true;
  await clock.advance(WATCHDOG_MS + 500);
  expect(events.filter((event) => event.startsWith('re') && event !== 'retrying')).toEqual([
    'registered',
    'registered again',
  ]);
  expect((await store.get(KEY))?.lease).not.toBe(lease);
  expect(etcd.liveLeases).toBe(1);
  expect(log.all).toEqual(['a']);
});

test('a process that was stopped for longer than its TTL knows it at its first step', async () => {
  let stoppedForMs = 0;
  const stopped = { now: () => clock.now() + stoppedForMs, setTimeout: clock.setTimeout.bind(clock) };
  const sleeper = storeDiscovery(etcd.store(), {
    cluster: 'dev',
    ttlMs: TTL_MS,
    clock: stopped,
    random: seededRandom(1),
  });
  const registration = await sleeper.register(A, { onEvent: ({ kind }) => events.push(kind) });
  await clock.advance(TTL_MS / 6);
  stoppedForMs = TTL_MS * 2;
  etcd.expireLeases();
  expect(registration.registered()).toBe(false); // no timer has run yet
  await clock.advance(TTL_MS / 3);
  expect(events).toEqual(['registered', 'lost', 'registered']);
  expect(await store.get(KEY)).toBeDefined();
  await sleeper.close();
});

test('an answer to a question asked before the process was stopped does not count', async () => {
  let answer: ((ttlMs: number) => void) | undefined;
  const slow = etcd.store();
  let stoppedForMs = 0;
  const sleeper = storeDiscovery(
    { ...slow, keepAlive: () => new Promise((resolve) => (answer = resolve)) },
    {
      cluster: 'dev',
      ttlMs: TTL_MS,
      clock: { now: () => clock.now() + stoppedForMs, setTimeout: clock.setTimeout.bind(clock) },
      random: seededRandom(1),
    },
  );
  await sleeper.register(A, { onEvent: (event) => events.push(event.kind === 'lost' ? event.reason : event.kind) });
  await clock.advance(TTL_MS / 2);
  stoppedForMs = TTL_MS;
  answer?.(TTL_MS);
  await settled();
  expect(events).toEqual(['registered', 'silent']);
  const closed = sleeper.close();
  await clock.advance(5_000);
  await closed;
});

test('a lease that etcd has dropped is replaced at once', async () => {
  await register();
  etcd.expireLeases();
  await clock.advance(200);
  expect(events).toEqual(['registered', 'lost expired', 'registered again']);
  expect(await store.get(KEY)).toBeDefined();
});

test('a key that somebody deletes is put back, and the member knows that it was out of the list', async () => {
  await register();
  await clock.advance(0);
  await discovery.delete('a');
  await clock.advance(200);
  expect(events).toEqual(['registered', 'lost deleted', 'registered again']);
  expect((await store.get(KEY))?.lease).not.toBe('');
});

test('the same member written over without a lease is put back under it, and nothing was lost', async () => {
  await register();
  await discovery.put(A, { force: true });
  await clock.advance(0);
  expect((await store.get(KEY))?.lease).not.toBe('');
  expect(events).toEqual(['registered']);
});

test('other addresses written over the member are put right again', async () => {
  await register();
  await discovery.put({ ...A, grpc: 'elsewhere:1' }, { force: true });
  await clock.advance(200);
  expect((await store.get(KEY))?.value).toContain('a.test:9999');
  expect(events).toEqual(['registered', 'lost overwritten', 'registered again']);
});

test('a change of the key that its watch swallows is put right at the next confirmation', async () => {
  await register();
  etcd.watchesMute = true;
  await discovery.delete('a');
  await clock.advance(TTL_MS / 3 + 200);
  expect(events).toEqual(['registered', 'lost deleted', 'registered again']);
});

test.each(['a.test:9999', 'twin:1'])(
  'two processes with one id, the other at %s, do not write without pause',
  async (grpc) => {
    await register();
    const twin = open(etcd.store());
    await twin.register({ ...A, grpc });
    const before = etcd.requests.get('put') ?? 0;
    await clock.advance(60_000);
    expect((etcd.requests.get('put') ?? 0) - before).toBeLessThan(60);
    expect(events).toContain('lost overwritten');
    await Promise.all([twin.close(), clock.advance(5_000)]);
  },
);

test('a confirmation counts from when it was asked for: the lease may have begun to run out then', async () => {
  const real = etcd.store();
  const delayMs = 2_000;
  let answering = true;
  const slow = open({
    ...real,
    async keepAlive(id) {
      if (!answering) return new Promise(() => {});
      answering = false;
      const ttlMs = await real.keepAlive(id);
      await new Promise<void>((resolve) => clock.setTimeout(resolve, delayMs));
      return ttlMs;
    },
  });
  let lostAt = 0;
  await slow.register(A, { onEvent: ({ kind }) => (lostAt ||= kind === 'lost' ? clock.now() : 0) });
  await clock.advance(TTL_MS * 2);
  expect(lostAt).toBeCloseTo(TTL_MS / 3 + WATCHDOG_MS);
  await Promise.all([slow.close(), clock.advance(5_000)]);
});

test('an id that a dead process has left behind is taken over', async () => {
  const { id } = await store.grant(TTL_MS);
  await store.put(KEY, JSON.stringify({ ...A, grpc: 'before:1' }), { lease: id });
  await register();
  await clock.advance(TTL_MS * 2);
  expect((await store.get(KEY))?.value).toContain('a.test:9999');
  expect(events).toEqual(['registered']);
});

test('an outage of etcd ends with the member registered again, and no list without it', async () => {
  await register();
  const log = new SnapshotLog(discovery);
  await clock.advance(TTL_MS);
  etcd.goAway();
  await clock.advance(TTL_MS * 3);
  expect(events.filter((event) => event !== 'retrying')).toEqual(['registered', 'lost silent 8000']);
  etcd.wipe();
  etcd.comeBack();
  await clock.advance(2_000);
  expect(events.at(-1)).toBe('registered again');
  await clock.advance(TTL_MS * 2);
  expect(log.all).toEqual(['a', 'a (stale)', 'a']);
});

test('an outage shorter than the watchdog is survived without a loss', async () => {
  await register();
  await clock.advance(TTL_MS / 3);
  etcd.goAway();
  await clock.advance(WATCHDOG_MS - 2_000);
  etcd.comeBack();
  await clock.advance(TTL_MS);
  expect(events.filter((event) => event !== 'retrying')).toEqual(['registered']);
});

test('registering while etcd is away succeeds when it comes back', async () => {
  etcd.goAway();
  const registering = register();
  await clock.advance(60_000);
  expect(events.every((event) => event === 'retrying')).toBe(true);
  etcd.comeBack();
  await clock.advance(2_000);
  await registering;
  expect(events.at(-1)).toBe('registered');
});

test('a caller that gives up registering leaves nothing behind', async () => {
  etcd.goAway();
  const giveUp = new AbortController();
  const registering = register(A, giveUp.signal);
  const outcome = expect(registering).rejects.toMatchObject({ code: 'deadline' });
  await clock.advance(1_000);
  giveUp.abort();
  await outcome;
  etcd.comeBack();
  await clock.advance(10_000);
  expect(await store.get(KEY)).toBeUndefined();
});

test('closing the discovery ends a registration that has not succeeded yet', async () => {
  etcd.goAway();
  const outcome = expect(register()).rejects.toMatchObject({ code: 'unavailable' });
  await clock.advance(1_000);
  await discovery.close();
  await outcome;
});

test('a member that leaves while etcd elects a leader does not stay in the list for its TTL', async () => {
  const registration = await register();
  etcd.goAway();
  const leaving = registration.leave();
  await clock.advance(1_500);
  etcd.comeBack();
  await clock.advance(1_500);
  await leaving;
  expect(await store.get(KEY)).toBeUndefined();
  expect(etcd.liveLeases).toBe(0);
});

test('a member whose new term could not begin leaves with the lease of the old one too', async () => {
  const real = etcd.store();
  let puts = 0;
  const failing = open({
    ...real,
    put: (...entry) => (puts++ === 0 ? real.put(...entry) : Promise.reject(new CacheError('unavailable', 'busy'))),
  });
  const registration = await failing.register(A);
  etcd.keepAlivesHang = true;
  await clock.advance(WATCHDOG_MS + 500);
  expect(etcd.liveLeases).toBeGreaterThan(1);
  await registration.leave();
  expect(await store.get(KEY)).toBeUndefined();
  expect(etcd.liveLeases).toBe(0);
  await failing.close();
});

test('leaving takes three seconds at most, whatever etcd does', async () => {
  const hanging = etcd.store();
  const errors: string[] = [];
  const stuck = storeDiscovery(
    { ...hanging, revoke: () => new Promise(() => {}) },
    { cluster: 'dev', clock, onError: ({ code }) => errors.push(code) },
  );
  const registration = await stuck.register(A);
  let left = false;
  const leaving = registration.leave().then(() => {
    left = true;
  });
  await clock.advance(2_999);
  expect(left).toBe(false);
  await clock.advance(1);
  await leaving;
  expect(errors).toEqual(['deadline']);
  await Promise.all([stuck.close(), clock.advance(5_000)]);
  etcd.expireLeases();
});

function open(over: EtcdStore): Discovery & Directory {
  return storeDiscovery(over, { cluster: 'dev', ttlMs: TTL_MS, clock, random: seededRandom(1) });
}

function register(member: Member = A, signal?: AbortSignal): Promise<Registration> {
  return discovery.register(member, {
    ...(signal !== undefined && { signal }),
    onEvent: (event) => {
      if (event.kind === 'registered') events.push(event.again ? 'registered again' : 'registered');
      else if (event.kind === 'retrying') events.push('retrying');
      else events.push(`lost ${event.reason}${event.reason === 'silent' ? ` ${Math.round(event.silentMs)}` : ''}`);
    },
  });
}
