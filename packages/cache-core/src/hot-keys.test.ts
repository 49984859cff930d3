// Keys that are asked for much on members that do not own them: when they are copied, for how long, and what that spares
// their owners.

import { afterEach, describe, expect, test } from '@jest/globals';

import type { Group } from './group.js';
import { TestCluster, type TestClusterOptions } from './testing/test-cluster.js';

const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

function start(options: TestClusterOptions): TestCluster {
  const cluster = new TestCluster(options);
  clusters.push(cluster);
  return cluster;
}

const HOUR_MS = 3_600_000;
const load = async (key: string) => Buffer.from(`value of ${key}`);

function stats(group: Group) {
  return group.stats();
}

/** Of the second node, so that the first has to fetch them. */
function keysOfTheSecond(cluster: TestCluster, count: number): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.length < count; i++) if (cluster.ownerOf(`key-${i}`) === 1) keys.push(`key-${i}`);
  return keys;
}

describe("a copy of another member's entry", () => {
  test('is made when the key is asked for the second time', async () => {
    const cluster = start({ size: 2, groups: { g: { load } } });
    const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(1)];
    expect((await group.get(key)).source).toBe('load');
    expect(group.held(key)).toBeUndefined();
    expect((await group.get(key)).source).toBe('main');
    expect((await group.get(key)).source).toBe('hot');
  });

  test.each([
    ['get', (group: Group, key: string) => group.get(key)],
    [
      'answerHeld, where it can',
      async (group: Group, key: string) => {
        const bytes = Buffer.from(key);
        if (group.answerHeld(bytes, 0, bytes.length, 'client') === undefined) await group.get(key);
      },
    ],
  ])('is made again at the first fetch after it has expired, while the key is asked for by %s', async (_, ask) => {
    for (const store of ['heap', 'slabs'] as const) {
      const cluster = start({ size: 2, groups: { g: { load, store, hotAfterFetches: 10, hotTtlMs: 1_000 } } });
      const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(1)];
      for (let i = 0; i < 10; i++) await ask(group, key);
      expect(stats(group)).toMatchObject({ fetches: 10, hotEntries: 1 });
      for (let life = 1; life <= 30; life++) {
        for (let i = 0; i < 20; i++) {
          await cluster.clock.advance(50);
          await ask(group, key);
        }
        expect(stats(group).fetches).toBe(10 + life);
      }
    }
  });

  test('is not made again once the key is asked for less', async () => {
    const cluster = start({ size: 2, groups: { g: { load, hotAfterFetches: 10, hotTtlMs: 1_000 } } });
    const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(1)];
    for (let i = 0; i < 100; i++) await group.get(key);
    for (let i = 0; i < 20; i++) {
      await cluster.clock.advance(1_000);
      await group.get(key);
    }
    expect(group.held(key)).toBeUndefined();
  });

  test('is not made because a key was popular before the group was idle for an hour', async () => {
    const cluster = start({ size: 2, groups: { g: { load } } });
    const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(1)];
    for (let i = 0; i < 1_000; i++) await group.get(key);
    await cluster.clock.advance(HOUR_MS);
    await group.get(key);
    expect(group.held(key)).toBeUndefined();
  });

  test('goes with a write, and comes again with the next fetch', async () => {
    const cluster = start({ size: 2, groups: { g: { load, hotAfterFetches: 5 } } });
    const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(1)];
    for (let i = 0; i < 10; i++) await group.get(key);
    await cluster.group('g', 1).write({ op: 'set', key, value: Buffer.from('new') });
    expect(group.held(key)).toBeUndefined();
    expect(Buffer.from((await group.get(key)).value).toString()).toBe('new');
    expect(await group.get(key)).toMatchObject({ source: 'hot', value: Buffer.from('new') });
  });

  test('is not made of what a write has overtaken, popular or not', async () => {
    const cluster = start({ size: 2, groups: { g: { load } } });
    const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(1)];
    await group.get(key);
    cluster.network.delayMs = [10, 10];
    const overtaken = group.get(key);
    await cluster.clock.advance(15); // the answer is on its way back
    cluster.network.delayMs = [0, 0];
    await cluster.group('g', 1).write({ op: 'set', key, value: Buffer.from('new') });
    await cluster.clock.advance(5);
    expect(Buffer.from((await overtaken).value).toString()).toBe(`value of ${key}`);
    expect(group.held(key)).toBeUndefined();
  });

  test('is never made with hotTtlMs 0', async () => {
    const cluster = start({ size: 2, groups: { g: { load, hotTtlMs: 0 } } });
    const [group, key] = [cluster.group('g'), cluster.keyOwnedBy(1)];
    for (let i = 0; i < 100; i++) await group.get(key);
    expect(stats(group)).toMatchObject({ fetches: 100, hotEntries: 0 });
  });

  test('is not made of keys that are asked for once, however many', async () => {
    const cluster = start({ size: 2, groups: { g: { load } } });
    for (const key of keysOfTheSecond(cluster, 5_000)) await cluster.group('g').get(key);
    expect(stats(cluster.group('g')).hotEntries).toBeLessThan(50); // by collisions
  });
});

describe('copies together', () => {
  const limits = { load: async () => Buffer.alloc(1_000), maxBytes: 400_000, hotShare: 1 / 8 };

  test('take no more than hotShare of the memory, and are those of the keys that are asked for most', async () => {
    const cluster = start({ size: 2, groups: { g: limits } });
    const group = cluster.group('g');
    const keys = keysOfTheSecond(cluster, 220);
    const [popular, others] = [keys.slice(0, 20), keys.slice(20)]; // there is room for about 30 copies
    let hits = 0;
    for (let round = 0; round < 60; round++) {
      for (const key of popular) if ((await group.get(key)).source === 'hot' && round >= 20) hits++;
      for (const key of others.slice(20 * (round % 10), 20 * (round % 10) + 20)) {
        await group.get(key); // again after ten rounds: popular enough for a copy, but less than the twenty
        expect(stats(group).hotBytes).toBeLessThanOrEqual(limits.maxBytes * limits.hotShare);
      }
    }
    expect(hits / (40 * popular.length)).toBeGreaterThan(0.9);
  });

  test('push out none of the entries that the node owns', async () => {
    const cluster = start({ size: 2, groups: { g: limits } });
    const group = cluster.group('g');
    const owned = Array.from({ length: 1_000 }, (_, i) => `key-${i}`).filter((key) => cluster.ownerOf(key) === 0);
    for (const key of owned.slice(0, 100)) await group.get(key);
    const { entries } = stats(group);
    for (const key of keysOfTheSecond(cluster, 200)) for (let i = 0; i < 3; i++) await group.get(key);
    expect(stats(group).entries).toBe(entries);
    expect(stats(group).hotEntries).toBeGreaterThan(10);
  });
});

test('a key that all members are asked for costs its owner one question a member and life, not one a get', async () => {
  const [size, lives, getsALife] = [10, 20, 100];
  const cluster = start({ size, groups: { g: { load, hotTtlMs: 1_000 } } });
  const key = cluster.keyOwnedBy(0);
  for (let i = 0; i < lives * getsALife; i++) {
    for (let node = 0; node < size; node++) await cluster.group('g', node).get(key);
    await cluster.clock.advance(1_000 / getsALife);
  }
  const { serves } = stats(cluster.group('g'));
  expect(serves).toBeGreaterThanOrEqual((size - 1) * lives);
  expect(serves).toBeLessThanOrEqual((size - 1) * (lives + 2)); // two to become popular
});
