import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CacheError, type ViewMember } from '@ringcache/cache-core';
import { ManualClock, seededRandom, settled } from '@ringcache/cache-core/testing';
import { type EtcdCluster, startEtcdCluster } from '@ringcache/infra';

import type { RegistrationEvent } from './discovery.js';
import { etcdClient } from './etcd-client.js';
import { CONFIRMED_FOR, LEAVE_LIMIT_MS } from './etcd-lease.js';
import type { EtcdStore } from './etcd-store.js';
import { EtcdViewDirectory } from './etcd-view-directory.js';
import { keepRegistered } from './testing/keep-registered.js';
import { MemoryEtcd } from './testing/memory-etcd.js';
import { viewMember } from './testing/view-member.js';
import { viewDirectoryContract, viewOf } from './view-directory.contract.js';

const TTL_MS = 10_000;
const SILENT_MS = CONFIRMED_FOR * TTL_MS;
const RENEWALS_MS = TTL_MS / 3; // from one renewal to the next, while all is well
const KEY = 'clusters/dev/a';
const RECORD = 'views/dev/present';

let real: EtcdCluster;
beforeAll(async () => {
  real = await startEtcdCluster();
});
afterAll(() => real?.stop());

let clusters = 0;

viewDirectoryContract('EtcdViewDirectory, over etcd,', () => {
  const cluster = `test-${++clusters}`;
  const stores: EtcdStore[] = [];
  const process = () => {
    const store = etcdClient({ hosts: real.hosts, attemptTimeoutMs: 5_000, random: Math.random });
    stores.push(store);
    const clock = new ManualClock(); // it stands still: how long etcd takes is of no account here
    return new EtcdViewDirectory({
      ...{ store, cluster, clock, ttlMs: TTL_MS, random: Math.random },
      ...{ onEvent: () => {}, onError: () => {} },
    });
  };
  return { process, close: async () => stores.forEach((store) => void store.close()) };
});

viewDirectoryContract('EtcdViewDirectory, over an etcd in memory,', () => {
  const clock = new ManualClock();
  const memory = new MemoryEtcd(clock);
  const process = () =>
    new EtcdViewDirectory({
      ...{ store: memory.store(), cluster: 'test', clock, ttlMs: TTL_MS, random: seededRandom(1) },
      ...{ onEvent: () => {}, onError: () => {} },
    });
  return { process, close: async () => {} };
});

const a = viewMember('a');
let clock: ManualClock;
let etcd: MemoryEtcd;
let store: EtcdStore; // an operator's
let events: string[];
let errors: string[];
let open: EtcdViewDirectory[];
let directory: EtcdViewDirectory;

beforeEach(() => {
  clock = new ManualClock();
  etcd = new MemoryEtcd(clock);
  store = etcd.store();
  events = [];
  errors = [];
  open = [];
  directory = directoryOver(etcd.store());
});
afterEach(async () => {
  etcd.comeBack();
  etcd.keepAlivesHang = false;
  const left = Promise.all(open.map((each) => each.leave()));
  await clock.advance(TTL_MS); // as long as a renewal may take that is still under way
  await left;
  expect(clock.pending - etcd.liveLeases).toBe(0); // no timer is left behind
});

function directoryOver(over: EtcdStore, onEvent = note): EtcdViewDirectory {
  const made = new EtcdViewDirectory({
    ...{ store: over, cluster: 'dev', ttlMs: TTL_MS, clock, random: seededRandom(1) },
    ...{ onEvent, onError: ({ message }: CacheError) => errors.push(message) },
  });
  open.push(made);
  return made;
}

function note(event: RegistrationEvent): void {
  if (event.kind === 'registered') events.push(event.again ? 'registered again' : 'registered');
  else if (event.kind === 'lost') events.push(`lost ${event.reason}`);
  else events.push('retrying');
}

/** What the member heard but for tries that failed. */
const changes = () => events.filter((event) => event !== 'retrying');

/** Renews from now on, every half second if it fails, as a member does. */
async function renewing(over = directory, member: ViewMember = a): Promise<void> {
  const renew = async () => {
    const next = await over.renew(member).then(
      () => RENEWALS_MS,
      () => 500,
    );
    if (isRenewing) timer = clock.setTimeout(() => void renew(), next);
  };
  let isRenewing = true;
  let timer = clock.setTimeout(() => void renew(), 0);
  const leave = over.leave.bind(over);
  over.leave = () => {
    isRenewing = false;
    timer.cancel();
    return leave();
  };
  await clock.advance(0);
}

describe('a registration', () => {
  test('is the member as JSON, under a lease that lasts as long as it is renewed', async () => {
    await renewing();
    await clock.advance(TTL_MS * 20);
    const entry = await store.get(KEY);
    expect(entry?.value).toBe('{"id":"a","grpc":"a.test:9999","http":"","weight":1,"incarnation":"1"}');
    expect(entry?.lease).not.toBe('');
    expect([events, etcd.liveLeases]).toEqual([['registered'], 1]);
  });

  test('that nobody renews lapses, and is made again with the next renewal', async () => {
    await directory.renew(a);
    await clock.advance(TTL_MS);
    expect(await store.get(KEY)).toBeUndefined();
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect(events).toEqual(['registered', 'lost silent', 'registered again']);
  });

  test('that is dropped by etcd is made again, and its loss told', async () => {
    await directory.renew(a);
    etcd.expireLeases();
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect(events).toEqual(['registered', 'lost expired', 'registered again']);
  });

  test('that somebody deletes is put back, and its loss told', async () => {
    await directory.renew(a);
    await store.delete(KEY);
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect((await store.get(KEY))?.lease).not.toBe('');
    expect(events).toEqual(['registered', 'lost deleted', 'registered again']);
    expect(etcd.liveLeases).toBe(1);
  });

  test('that somebody takes off its lease is put back under it, and nothing was lost', async () => {
    await directory.renew(a);
    const { value, lease } = (await store.get(KEY))!;
    await store.put(KEY, value, {});
    await directory.renew(a);
    expect((await store.get(KEY))?.lease).toBe(lease);
    expect(events).toEqual(['registered']);
  });

  test('with other addresses written over it is put right again', async () => {
    await directory.renew(a);
    await store.put(KEY, JSON.stringify({ ...a, grpc: 'elsewhere:1' }), {});
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect(events).toEqual(['registered', 'lost overwritten', 'registered again']);
  });

  test('that somebody changes in the middle of its renewal is not confirmed', async () => {
    const inner = etcd.store();
    let meddle = async () => {};
    const racing = directoryOver({
      ...inner,
      put: async (...entry) => {
        const revision = await inner.put(...entry);
        await meddle();
        return revision;
      },
    });
    await racing.renew(a);
    meddle = async () => void (await store.delete(KEY));
    await meddle();
    await expect(racing.renew(a)).rejects.toThrow('somebody keeps changing the registration of a');
    meddle = async () => {};
    expect((await racing.renew(a)).registered).toEqual([a]);
    expect(changes()).toEqual(['registered', 'lost deleted', 'registered again']);
  });

  test('that a dead process has left behind is taken over', async () => {
    const { id } = await store.grant(TTL_MS);
    await store.put(KEY, JSON.stringify(viewMember('a', 'before')), { lease: id });
    await renewing();
    await clock.advance(TTL_MS * 2);
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect(events).toEqual(['registered']);
  });

  test.each([
    ['no incarnation', { ...a, incarnation: '' }],
    ['an address that nobody can dial', { ...a, grpc: '0.0.0.0:1' }],
    ['no weight', { ...a, weight: 0 }],
  ])('of a member with %s is refused', async (_, member) => {
    await expect(directory.renew(member)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(events).toEqual([]);
  });
});

describe('a process that comes under an id that another one uses', () => {
  test('has it, and the other one stays out, without writing all the time', async () => {
    await renewing();
    const twin = directoryOver(etcd.store(), () => {});
    await renewing(twin, viewMember('a', '2'));
    const before = etcd.requests.get('put')!;
    await clock.advance(60_000);
    expect(etcd.requests.get('put')).toBe(before);
    expect((await store.get(KEY))?.value).toContain('"incarnation":"2"');
    expect(changes()).toEqual(['registered', 'lost overwritten']);
    expect(events.length).toBeLessThan(10); // of 120 renewals
    await twin.leave();
    await clock.advance(1_000);
    expect((await store.get(KEY))?.value).toContain('"incarnation":"1"');
    expect(events.at(-1)).toBe('registered again');
  });

  test('has it also where the other one was stopped, and wakes up without a lease', async () => {
    await directory.renew(a);
    etcd.expireLeases();
    const twin = directoryOver(etcd.store(), () => {});
    await twin.renew(viewMember('a', '2'));
    expect((await directory.renew(a)).registered).toEqual([viewMember('a', '2')]);
    expect(changes()).toEqual(['registered', 'lost expired']);
  });
});

describe('while etcd does not answer', () => {
  test('a loss is known at eight tenths of the TTL, before the key is gone', async () => {
    await renewing();
    etcd.keepAlivesHang = true;
    await clock.advance(SILENT_MS - 1);
    expect(events).toEqual(['registered', 'retrying']);
    await clock.advance(1);
    expect(changes()).toEqual(['registered', 'lost silent']);
    expect(await store.get(KEY)).toBeDefined();
  });

  test('to keep-alives alone, the member registers under another lease, and is never out of the list', async () => {
    const read: unknown[] = [];
    await renewing();
    const { lease } = (await store.get(KEY))!;
    etcd.keepAlivesHang = true;
    for (let i = 0; i < 100; i++) {
      await clock.advance(SILENT_MS / 80);
      read.push((await store.get(KEY)) !== undefined);
    }
    expect(read).not.toContain(false);
    expect((await store.get(KEY))?.lease).not.toBe(lease);
    expect(changes()).toEqual(['registered', 'lost silent', 'registered again']);
    expect(etcd.liveLeases).toBe(1);
  });

  test('a confirmation counts from when it was asked for: the lease may have begun to run out then', async () => {
    const inner = etcd.store();
    let isSlow = true;
    let silentMs = 0;
    const slow = directoryOver(
      {
        ...inner,
        keepAlive: async (id) => {
          if (!isSlow) return new Promise(() => {});
          isSlow = false;
          const ttlMs = await inner.keepAlive(id);
          await new Promise<void>((resolve) => clock.setTimeout(resolve, 2_000));
          return ttlMs;
        },
      },
      (event) => {
        if (event.kind === 'lost') silentMs = event.silentMs;
      },
    );
    await renewing(slow);
    await clock.advance(RENEWALS_MS + SILENT_MS - 1);
    expect(silentMs).toBe(0);
    await clock.advance(1);
    expect(silentMs).toBeCloseTo(SILENT_MS);
  });

  test('for less than eight tenths of the TTL, nothing is lost', async () => {
    await renewing();
    await clock.advance(RENEWALS_MS);
    etcd.goAway();
    await clock.advance(SILENT_MS - 1_000);
    etcd.comeBack();
    await clock.advance(TTL_MS);
    expect(events).toEqual(['registered', 'retrying', 'retrying']);
  });

  test('for long, and with all its data lost, the member is registered again when it is back', async () => {
    await renewing();
    etcd.goAway();
    await clock.advance(TTL_MS * 3);
    expect(changes()).toEqual(['registered', 'lost silent']);
    etcd.wipe();
    etcd.comeBack();
    await clock.advance(500);
    expect(changes()).toEqual(['registered', 'lost silent', 'registered again']);
    expect((await directory.renew(a)).registered).toEqual([a]);
  });

  test('whose lease survived, the loss has an end all the same, and no lease is left over', async () => {
    await renewing();
    etcd.goAway();
    await clock.advance(TTL_MS * 3);
    etcd.comeBack();
    await clock.advance(500);
    expect(changes()).toEqual(['registered', 'lost silent', 'registered again']);
    expect(etcd.liveLeases).toBe(1);
  });

  test('failures are told at the first, and then less and less often', async () => {
    etcd.goAway();
    const delays: number[] = [];
    const other = directoryOver(etcd.store(), (event) => {
      if (event.kind === 'retrying') delays.push(event.delayMs);
    });
    await renewing(other);
    expect(delays).toHaveLength(1);
    await clock.advance(600_000);
    expect(delays.length).toBeLessThan(25); // of 1,200 renewals
    expect(delays[0]).toBeLessThanOrEqual(2_000);
    expect(delays.at(-1)).toBeGreaterThanOrEqual(30_000);
    etcd.comeBack();
    await clock.advance(500);
    etcd.goAway();
    const before = delays.length;
    await clock.advance(SILENT_MS);
    expect(delays[before]).toBeLessThanOrEqual(2_000); // another outage
  });

  test('at one renewal in two, failures are not told each time', async () => {
    const inner = etcd.store();
    let reads = 0;
    const flaky = directoryOver({
      ...inner,
      read: (...prefixes) => (reads++ % 2 === 0 ? inner.read(...prefixes) : Promise.reject(new Error('reset'))),
    });
    for (let i = 0; i < 200; i++) {
      await flaky.renew(a).catch(() => {});
      await clock.advance(500);
    }
    expect(changes()).toEqual(['registered']);
    expect(events.length).toBeLessThan(20);
  });

  test('no question at all ends in time', async () => {
    const silent = new Proxy({} as EtcdStore, { get: () => () => new Promise(() => {}) });
    const other = directoryOver(silent);
    const renewal = expect(other.renew(a)).rejects.toMatchObject({ code: 'deadline' });
    await clock.advance(TTL_MS);
    await renewal;
    await directory.renew(a);
    const { revision } = await directory.renew(a);
    const inner = directoryOver({ ...etcd.store(), put: () => new Promise(() => {}) });
    const refused = expect(inner.renew(viewMember('b'))).rejects.toMatchObject({ code: 'deadline' });
    await clock.advance(TTL_MS);
    await refused;
    expect(await inner.replace(revision, viewOf(1, [a]))).toBe(false);
  });

  test('a record that may have been written is not waited for without end', async () => {
    const inner = etcd.store();
    let hangs = false;
    const slow = directoryOver({ ...inner, put: (...entry) => (hangs ? new Promise(() => {}) : inner.put(...entry)) });
    const { revision } = await slow.renew(a);
    hangs = true;
    const replaced = expect(slow.replace(revision, viewOf(1, [a]))).rejects.toMatchObject({ code: 'deadline' });
    await clock.advance(TTL_MS);
    await replaced;
  });
});

describe('a process that was stopped for longer than its TTL', () => {
  test('knows of its loss with its first renewal, and registers again', async () => {
    await directory.renew(a);
    clock.jump(TTL_MS * 2);
    etcd.expireLeases();
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect(events).toEqual(['registered', 'lost silent', 'registered again']);
  });

  test('does not count an answer to what it asked before', async () => {
    const inner = etcd.store();
    let answer: ((ttlMs: number) => void) | undefined;
    const slow = directoryOver({
      ...inner,
      keepAlive: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    await slow.renew(a);
    const renewal = slow.renew(a);
    const refused = expect(renewal).rejects.toMatchObject({ code: 'deadline' });
    await settled();
    clock.jump(TTL_MS);
    answer?.(TTL_MS);
    await refused;
    expect(changes()).toEqual(['registered', 'lost silent']);
  });
});

describe('a lease', () => {
  test('whose key could not be written is used for the next try', async () => {
    const inner = etcd.store();
    let isBusy = true;
    const busy = directoryOver({
      ...inner,
      put: (...entry) => (isBusy ? Promise.reject(new CacheError('unavailable', 'busy')) : inner.put(...entry)),
    });
    for (let i = 0; i < 5; i++) await expect(busy.renew(a)).rejects.toThrow('busy');
    expect(etcd.liveLeases).toBe(1);
    isBusy = false;
    await busy.renew(a);
    expect([etcd.liveLeases, events]).toEqual([1, ['retrying', 'registered']]);
  });

  test('that was granted too late is revoked once the member is registered', async () => {
    const inner = etcd.store();
    let grants = 0;
    const slow = directoryOver({
      ...inner,
      grant: async (ttlMs) => {
        const lease = await inner.grant(ttlMs);
        if (grants++ === 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, TTL_MS / 2));
        return lease;
      },
    });
    const renewal = expect(slow.renew(a)).rejects.toMatchObject({ code: 'deadline' });
    await clock.advance(TTL_MS / 2);
    await renewal;
    expect(etcd.liveLeases).toBe(1);
    await slow.renew(a);
    await settled();
    expect(etcd.liveLeases).toBe(1);
    expect((await store.get(KEY))?.lease).toBe('2');
  });

  test('that is granted after the member has left is revoked', async () => {
    const inner = etcd.store();
    let granted = () => {};
    const slow = directoryOver({
      ...inner,
      grant: async (ttlMs) => {
        const lease = await inner.grant(ttlMs);
        await new Promise<void>((resolve) => {
          granted = resolve;
        });
        return lease;
      },
    });
    const renewal = expect(slow.renew(a)).rejects.toMatchObject({ code: 'unavailable' });
    await settled();
    await slow.leave();
    granted();
    await renewal;
    await settled();
    expect([etcd.liveLeases, events]).toEqual([0, []]);
  });

  test('is not brought back by a write that etcd carries out late', async () => {
    const inner = etcd.store();
    let late = async () => {};
    let puts = 0;
    const slow = directoryOver({
      ...inner,
      put: (...entry) => {
        if (puts++ > 0) return inner.put(...entry);
        late = async () => void (await inner.put(...entry).catch(() => {}));
        return new Promise(() => {});
      },
    });
    const renewal = expect(slow.renew(a)).rejects.toMatchObject({ code: 'deadline' });
    await clock.advance(TTL_MS);
    await renewal;
    await clock.advance(TTL_MS); // the lease is given up
    await slow.renew(a);
    const before = await store.get(KEY);
    await late();
    expect(await store.get(KEY)).toEqual(before);
  });
});

describe('a renewal', () => {
  test('that begins while another one runs is refused: what that one reads may be older', async () => {
    const first = directory.renew(a);
    await expect(directory.renew(a)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await first).registered).toEqual([a]);
    expect(etcd.requests.get('grant')).toBe(1);
    expect(events).toEqual(['registered']);
  });

  test('prolongs the lease before it reads, and costs two requests', async () => {
    await directory.renew(a);
    const asked: string[] = [];
    const inner = etcd.store();
    const seen = directoryOver({
      ...inner,
      keepAlive: (id) => {
        asked.push('keepAlive');
        return inner.keepAlive(id);
      },
      read: (...prefixes) => {
        asked.push('read');
        return inner.read(...prefixes);
      },
    });
    await seen.renew(viewMember('b'));
    asked.length = 0;
    etcd.requests.clear();
    await seen.renew(viewMember('b'));
    expect(asked).toEqual(['keepAlive', 'read']);
    expect([...etcd.requests.values()]).toEqual([1, 1]);
  });

  test('sees no member that was made by hand and names no process', async () => {
    await store.put('clusters/dev/b', JSON.stringify({ id: 'b', grpc: 'b:1', http: '', weight: 1 }), {});
    expect((await directory.renew(a)).registered).toEqual([a]);
    expect(errors).toEqual([]);
  });

  test('sees no record of another cluster whose name begins alike', async () => {
    const other = new EtcdViewDirectory({
      ...{ store: etcd.store(), cluster: 'dev2', ttlMs: TTL_MS, clock, random: seededRandom(1) },
      ...{ onEvent: () => {}, onError: () => {} },
    });
    open.push(other);
    expect(await other.replace((await other.renew(a)).revision, viewOf(1, [a]))).toBe(true);
    expect(await directory.renew(a)).toMatchObject({ record: undefined });
  });

  test('tells of an entry or a record that is nonsense once, and the record can be replaced', async () => {
    await store.put('clusters/dev/b', 'nonsense', {});
    await store.put(RECORD, '{"id":""}', {});
    const { record } = await directory.renew(a);
    expect(record).toBeUndefined();
    expect(errors).toEqual([
      'skipped clusters/dev/b in etcd: a record of a member must be JSON',
      expect.stringMatching(/^skipped views\/dev\/present in etcd: /),
    ]);
    const last = await directory.renew(a);
    expect(await directory.replace(last.revision, viewOf(1, [a]))).toBe(true);
    expect((await directory.renew(a)).record).toEqual(viewOf(1, [a]));
    expect(errors).toHaveLength(2);
  });

  test.each([
    ['no JSON', 'no'],
    ['nothing', 'null'],
    ['a number below 1', { number: 0 }],
    ['a member with no process', { members: [{ id: 'a', grpc: 'a:1', http: '', weight: 1 }] }],
    ['no word on whether it is armed', { armed: undefined }],
  ])('takes %s for no record', async (_, change) => {
    const text = typeof change === 'string' ? change : JSON.stringify({ ...viewOf(1, [a]), ...change });
    await store.put(RECORD, text, {});
    expect((await directory.renew(a)).record).toBeUndefined();
    expect(errors).toEqual([expect.stringMatching(/^skipped views\/dev\/present in etcd: /)]);
  });
});

describe('leaving', () => {
  test('deletes the key and the lease at once', async () => {
    await directory.renew(a);
    await directory.leave();
    expect([await store.get(KEY), etcd.liveLeases]).toEqual([undefined, 0]);
    expect(errors).toEqual([]);
  });

  test('while etcd elects a leader does not leave the member in the list for its TTL', async () => {
    await directory.renew(a);
    etcd.goAway();
    const leaving = directory.leave();
    await clock.advance(1_500);
    etcd.comeBack();
    await clock.advance(1_500);
    await leaving;
    expect([await store.get(KEY), etcd.liveLeases]).toEqual([undefined, 0]);
  });

  test('takes the lease along under which the key lies still, as no other could take its place', async () => {
    const inner = etcd.store();
    let puts = 0;
    const failing = directoryOver({
      ...inner,
      put: (...entry) => (puts++ === 0 ? inner.put(...entry) : Promise.reject(new CacheError('unavailable', 'busy'))),
    });
    await renewing(failing);
    etcd.keepAlivesHang = true;
    await clock.advance(SILENT_MS + 1_000);
    expect(etcd.liveLeases).toBe(2);
    await failing.leave();
    expect([await store.get(KEY), etcd.liveLeases]).toEqual([undefined, 0]);
  });

  test('in the middle of a renewal ends that too', async () => {
    const renewal = expect(directory.renew(a)).rejects.toThrow('a has left the cluster');
    await Promise.all([directory.leave(), renewal]);
    await settled();
    expect([await store.get(KEY), etcd.liveLeases, events]).toEqual([undefined, 0, []]);
  });

  test('takes three seconds at most, whatever etcd does', async () => {
    const stuck = directoryOver({ ...etcd.store(), revoke: () => new Promise(() => {}) });
    await stuck.renew(a);
    let hasLeft = false;
    const leaving = stuck.leave().then(() => {
      hasLeft = true;
    });
    await clock.advance(LEAVE_LIMIT_MS - 1);
    expect(hasLeft).toBe(false);
    await clock.advance(1);
    await leaving;
    expect(errors).toEqual(['no answer in 3000 ms']);
  });

  test('an etcd that is away is told of with what it answered', async () => {
    await directory.renew(a);
    etcd.goAway();
    const leaving = directory.leave();
    await clock.advance(LEAVE_LIMIT_MS);
    await leaving;
    expect(errors).toEqual(['etcd is away']);
  });
});

test('a test helper that renews again and again ends with leave', async () => {
  const registered = keepRegistered(directory, a, { clock, intervalMs: 1_000 });
  await clock.advance(0);
  await (await registered).leave();
  await clock.advance(1_000);
  expect(await store.get(KEY)).toBeUndefined();
});
