import { afterEach, describe, expect, test } from '@jest/globals';

import { CacheError } from './errors.js';
import type { GroupLimits } from './group-options.js';
import { settled } from './testing/manual-clock.js';
import { TestCluster } from './testing/test-cluster.js';

const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

/** One node whose group lives a second, over an origin that counts, and does as it is told. */
function setUp(limits: Partial<GroupLimits>) {
  const origin = { loads: 0, answer: async (): Promise<Uint8Array | undefined> => Buffer.from(`v${origin.loads}`) };
  const load = () => {
    origin.loads++;
    return origin.answer();
  };
  const cluster = new TestCluster({ size: 1, groups: { g: { load, ttlMs: 1000, ttlJitter: 0, ...limits } } });
  clusters.push(cluster);
  const group = cluster.group('g');
  const get = async () => Buffer.from((await group.get('k')).value).toString();
  return { origin, group, get, clock: cluster.clock };
}

async function fail(): Promise<never> {
  throw new CacheError('unavailable', 'the origin is down');
}

describe('an expired value', () => {
  test('is not given unless it may be', async () => {
    const { origin, get, clock } = setUp({});
    await get();
    await clock.advance(1000);
    origin.answer = fail;
    await expect(get()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('is given at once within staleWhileRevalidateMs, while one load brings the new one', async () => {
    const { origin, get, group, clock } = setUp({ staleWhileRevalidateMs: 500 });
    await get();
    await clock.advance(1200);
    expect(await Promise.all([get(), get(), get()])).toEqual(['v1', 'v1', 'v1']);
    expect([origin.loads, await get(), group.stats().stales]).toEqual([2, 'v2', 3]);
    await clock.advance(1500);
    expect(await get()).toBe('v3'); // too old to be given
  });

  test('says that nobody may keep it', async () => {
    const { get, group, clock } = setUp({ staleWhileRevalidateMs: 500 });
    await get();
    await clock.advance(1200);
    expect((await group.get('k')).ttlMs).toBe(1);
  });

  test('is given in place of a load that fails, within staleIfErrorMs', async () => {
    const { origin, get, clock } = setUp({ staleIfErrorMs: 5000 });
    await get();
    origin.answer = fail;
    await clock.advance(3000);
    expect(await get()).toBe('v1');
    await clock.advance(3000);
    await expect(get()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('is not given in place of the answer that there is no such key any more', async () => {
    const { origin, get, clock } = setUp({ staleIfErrorMs: 5000 });
    await get();
    origin.answer = async () => undefined;
    await clock.advance(1000);
    await expect(get()).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is given after softTimeoutMs, while the load goes on and is stored', async () => {
    const { origin, get, clock } = setUp({ staleIfErrorMs: 60_000, softTimeoutMs: 100, ttlMs: 1000 });
    await get();
    let arrive!: (value: Uint8Array) => void;
    origin.answer = () =>
      new Promise((resolve) => {
        arrive = resolve;
      });
    await clock.advance(1000);
    const slow = get();
    await clock.advance(99);
    expect(await Promise.race([slow, settled().then(() => 'waits')])).toBe('waits');
    await clock.advance(1);
    expect(await slow).toBe('v1');
    arrive(Buffer.from('new'));
    await settled();
    expect(await get()).toBe('new');
  });

  test('is given before the time is up that its caller has, while the load goes on for the others', async () => {
    const { origin, get, group, clock } = setUp({ staleIfErrorMs: 60_000 });
    await get();
    await clock.advance(1000);
    let finish = (_: Uint8Array) => {};
    origin.answer = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const hasted = group.get('k', { timeoutMs: 1000 });
    const patient = get();
    await clock.advance(600);
    expect(Buffer.from((await hasted).value).toString()).toBe('v1');
    finish(Buffer.from('new'));
    expect(await patient).toBe('new');
    expect([origin.loads, group.stats().stales]).toEqual([2, 1]);
  });

  test('does not outlive a write', async () => {
    const { origin, get, group, clock } = setUp({ staleIfErrorMs: 60_000, staleWhileRevalidateMs: 60_000 });
    await get();
    await clock.advance(1000);
    await group.write({ op: 'delete', key: 'k' });
    origin.answer = fail;
    await expect(get()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('is neither peeked at, nor handed over, nor counted as a hit', async () => {
    const { get, group, clock } = setUp({ staleIfErrorMs: 60_000 });
    await get();
    await clock.advance(1000);
    expect([group.peek('k'), group.held('k')]).toEqual([undefined, undefined]);
    await get();
    expect(group.stats()).toMatchObject({ hits: 0, misses: 2 });
  });

  test('goes when its grace is over, asked for or not', async () => {
    const { get, group, clock } = setUp({ staleIfErrorMs: 3000 });
    await get();
    await clock.advance(10_000);
    expect(group.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  test('that says there is no such key is not given', async () => {
    const { origin, get, clock } = setUp({ staleIfErrorMs: 60_000, negativeTtlMs: 1000 });
    origin.answer = async () => undefined;
    await expect(get()).rejects.toMatchObject({ code: 'not_found' });
    await clock.advance(1000);
    origin.answer = fail;
    await expect(get()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('an entry that is about to expire', () => {
  test('is loaded again when it is read, in the background and once, so that a popular key is never waited for', async () => {
    const { origin, get, clock } = setUp({ refreshAheadMs: 200 });
    await get();
    await clock.advance(700);
    await get();
    await settled();
    expect(origin.loads).toBe(1);
    await clock.advance(200);
    expect(await Promise.all([get(), get()])).toEqual(['v1', 'v1']);
    await settled();
    expect(origin.loads).toBe(2);
    await clock.advance(200);
    expect(await get()).toBe('v2');
  });

  test('expires when nobody reads it', async () => {
    const { origin, get, clock } = setUp({ refreshAheadMs: 200 });
    await get();
    await clock.advance(2000);
    expect(origin.loads).toBe(1);
  });
});

describe('a load in the background', () => {
  test.each<[string, Partial<GroupLimits>, number]>([
    ['stale values', { staleWhileRevalidateMs: 60_000 }, 1_000],
    ['values in place of errors', { staleIfErrorMs: 60_000 }, 1_000],
    ['refreshes ahead', { refreshAheadMs: 900 }, 500],
  ])('of an origin that is down is not tried for every hit: %s', async (_, limits, afterMs) => {
    const { origin, get, clock } = setUp(limits);
    await get();
    origin.answer = fail;
    await clock.advance(afterMs);
    for (let i = 0; i < 100; i++) expect(await get()).toBe('v1');
    await settled();
    expect(origin.loads).toBe(2);
    if (limits.refreshAheadMs !== undefined) return; // the value has expired by then
    await clock.advance(1_000);
    for (let i = 0; i < 100; i++) expect(await get()).toBe('v1');
    expect(origin.loads).toBe(3);
  });

  test('begins once in the life of an entry, however short that is against refreshAheadMs', async () => {
    const { origin, get, clock } = setUp({ ttlMs: 60_000, refreshAheadMs: 30_000 });
    const load = origin.answer;
    origin.answer = async () => ({ value: await load(), ttlMs: 1_000 }) as unknown as Uint8Array; // a life of its own
    for (let ms = 0; ms < 10_000; ms += 10) {
      await get();
      await clock.advance(10);
    }
    expect(origin.loads).toBeLessThanOrEqual(22); // twenty half lives
  });

  test.each<[string, Partial<GroupLimits>, number]>([
    ['a stale value', { staleWhileRevalidateMs: 60_000 }, 1_000],
    ['an entry that is about to expire', { refreshAheadMs: 900 }, 500],
  ])('that finds the key gone takes %s away, also where absence is not remembered', async (_, limits, afterMs) => {
    const { origin, get, clock } = setUp(limits);
    await get();
    origin.answer = async () => undefined;
    await clock.advance(afterMs);
    expect(await get()).toBe('v1');
    await settled();
    await expect(get()).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a loader', () => {
  test('that gives a time to live of 0 is asked each time, and what was held is of no account any more', async () => {
    const { origin, get, group, clock } = setUp({ staleIfErrorMs: 60_000 });
    await get();
    await clock.advance(1_000);
    origin.answer = async () => ({ value: Buffer.from('now'), ttlMs: 0 }) as unknown as Uint8Array;
    expect([await get(), await get(), origin.loads]).toEqual(['now', 'now', 3]);
    expect(group.stats().entries).toBe(0);
  });

  test.each([-5, Number.NaN])('that gives a time to live of %p fails, with an error that says so', async (ttlMs) => {
    const { origin, get, group } = setUp({});
    origin.answer = async () => ({ value: Buffer.from('v'), ttlMs }) as unknown as Uint8Array;
    await expect(get()).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(`${ttlMs}`),
    });
    expect(group.stats().loadErrors).toBe(1);
  });

  test('whose group keeps values for a time to live of 0 is asked each time', async () => {
    const { get, origin } = setUp({ ttlMs: 0 });
    expect([await get(), await get(), origin.loads]).toEqual(['v1', 'v2', 2]);
  });
});

test('a group that would load again before its values have come is refused', () => {
  expect(() => setUp({ ttlMs: 1_000, refreshAheadMs: 1_000 })).toThrow(/refreshAheadMs must be less than ttlMs, 1000/);
  const { group } = setUp({ ttlMs: 1_000, refreshAheadMs: 100 });
  expect(() => group.change({ ttlMs: 100 })).toThrow(/refreshAheadMs must be less than ttlMs, 100/);
  group.change({ ttlMs: 100, refreshAheadMs: 10 });
});
