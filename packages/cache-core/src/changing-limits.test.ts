import { afterEach, describe, expect, test } from '@jest/globals';

import { CacheError } from './errors.js';
import type { GroupLimits } from './group-options.js';
import { TestCluster } from './testing/test-cluster.js';

const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

function setUp(limits: Partial<GroupLimits>, size = 1) {
  const origin = { loads: 0, isDown: false };
  const load = async (key: string) => {
    if (origin.isDown) throw new CacheError('unavailable', 'the origin is down');
    return Buffer.from(`${key}${++origin.loads}`);
  };
  const cluster = new TestCluster({ size, groups: { g: { load, ttlJitter: 0, ...limits } } });
  clusters.push(cluster);
  const group = cluster.group('g');
  const get = async (key = 'k') => Buffer.from((await group.get(key)).value).toString();
  return { cluster, origin, group, get, clock: cluster.clock };
}

describe('limits that change', () => {
  test('give what is stored from now on another life', async () => {
    const { group, clock, get } = setUp({ ttlMs: 1000 });
    expect(await get('a')).toBe('a1');
    group.change({ ttlMs: 5000 });
    expect(await get('b')).toBe('b2');
    await clock.advance(1000);
    expect([await get('a'), await get('b')]).toEqual(['a3', 'b2']);
    await clock.advance(4000);
    expect(await get('b')).toBe('b4');
  });

  test('let an expired value stand in that was stored when none did, and no fresh one seem stale', async () => {
    const { group, clock, get, origin } = setUp({ ttlMs: 1000 });
    await get();
    group.change({ staleIfErrorMs: 10_000 });
    await clock.advance(900);
    origin.isDown = true;
    expect([await get(), group.stats().stales]).toEqual(['k1', 0]);
    await clock.advance(5000);
    expect([await get(), group.stats().stales]).toEqual(['k1', 1]);
    await clock.advance(5100);
    await expect(get()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('that let none stand in any more make no entry live longer', async () => {
    const { group, clock, get } = setUp({ ttlMs: 1000, staleWhileRevalidateMs: 10_000 });
    await get();
    group.change({ staleWhileRevalidateMs: 0 });
    await clock.advance(1000);
    expect([await get(), group.stats().stales]).toEqual(['k2', 0]);
    await clock.advance(1000);
    expect(await get()).toBe('k3');
  });

  test('of memory and entries hold at once, in both directions', async () => {
    const { group, get } = setUp({});
    for (let i = 0; i < 100; i++) await get(`${i}`);
    group.change({ maxEntries: 16 });
    expect(group.stats().entries).toBeLessThanOrEqual(16);
    group.change({ maxEntries: Number.POSITIVE_INFINITY });
    for (let i = 0; i < 100; i++) await get(`${i}`);
    expect(group.stats().entries).toBe(100);
    group.change({ maxBytes: 2048 });
    expect([group.maxBytes, group.stats().bytes <= 2048]).toEqual([2048, true]);
  });

  test('leave no copy of another member that lives longer than a writer would say', async () => {
    const { cluster, group, clock, get } = setUp({ hotTtlMs: 60_000, hotAfterFetches: 1 }, 2);
    const key = Array.from({ length: 100 }, (_, i) => `k${i}`).find(
      (each) => cluster.nodes[0]!.peers.ring.owner(each).id !== cluster.nodes[0]!.member.id,
    )!;
    await get(key);
    expect(group.stats().hotEntries).toBe(1);
    group.change({ hotTtlMs: 1000 });
    expect(group.stats().hotEntries).toBe(0);
    await get(key);
    expect((await group.get(key)).source).toBe('hot');
    await clock.advance(1000);
    expect((await group.get(key)).source).toBe('main');
    group.change({ hotTtlMs: 0 });
    await get(key);
    expect(group.stats().hotEntries).toBe(0);
  });

  test('of which one is bad stay as they were, all of them', () => {
    const { group } = setUp({});
    const { maxBytes } = group;
    expect(() => group.change({ maxBytes: 4096, ttlJitter: 2 })).toThrow(
      new RangeError('ttlJitter must be from 0 to 1, got 2'),
    );
    expect(group.maxBytes).toBe(maxBytes);
  });
});
