// What a group says it would hit with other limits, through real groups.

import { afterEach, describe, expect, test } from '@jest/globals';
import type { Group } from './group.js';
import { TestCluster, type TestClusterOptions } from './testing/test-cluster.js';

const MAX_BYTES = 64 * 1024;
const VALUE = Buffer.alloc(1_000);
const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

function start(group: TestClusterOptions['groups'][string], size = 1): { cluster: TestCluster; group: Group } {
  const cluster = new TestCluster({
    size,
    groups: { g: { policy: 'lru', store: 'heap', maxBytes: MAX_BYTES, hotShare: 0.01, ttlJitter: 0, ...group } },
  });
  clusters.push(cluster);
  return { cluster, group: cluster.group('g') };
}

/** Reads keys in a circle, `rounds` times. */
async function circle(group: Group, keys: number, rounds: number): Promise<void> {
  for (let i = 0; i < keys * rounds; i++) await group.get(`key-${i % keys}`).catch(() => {});
}

const load = async () => VALUE;

describe('the demand of a group', () => {
  test('shows what more memory would win where its keys do not fit, and what less would lose where they do', async () => {
    const { group } = start({ load });
    expect(group.stats().hitRatioAt).toBeUndefined(); // nobody has asked yet
    await circle(group, 60, 40); // about 80 KB
    const { half, now, twice } = group.stats().hitRatioAt!;
    expect([half, now]).toEqual([0, 0]);
    expect(twice).toBeGreaterThan(0.9);
    group.resize({ maxBytes: 2 * MAX_BYTES });
    await circle(group, 60, 1);
    const after = group.stats();
    expect([after.maxBytes, after.hitRatioAt!.half]).toEqual([2 * MAX_BYTES, 0]);
    expect(after.hitRatioAt!.now).toBeGreaterThanOrEqual(twice);
  });

  test('counts reads by clients and peers for the keys that a node owns, and no others', async () => {
    const { cluster } = start({ load }, 2);
    const [mine, theirs] = [cluster.keyOwnedBy(0), cluster.keyOwnedBy(1)];
    const [one, other] = [cluster.group('g', 0), cluster.group('g', 1)];
    for (let i = 0; i < 3; i++) await one.get(mine);
    expect([one.ownRequests, other.ownRequests]).toEqual([3, 0]);
    await one.get(theirs); // asked of the other
    await one.get(theirs);
    expect([one.ownRequests, other.ownRequests]).toEqual([3, 2]);
  });

  test('counts what was set, pushed out, and then asked for in vain', async () => {
    const { group } = start({});
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 60; i++) await group.write({ op: 'set', key: `key-${i}`, value: VALUE });
      await circle(group, 60, 1);
    }
    expect(group.stats().hitRatioAt).toMatchObject({ half: 0, twice: 1 });
  });

  test('promises nothing for entries that expire before they are read again', async () => {
    const { cluster, group } = start({ load, ttlMs: 1_000 });
    for (let round = 0; round < 40; round++) {
      await circle(group, 60, 1);
      await cluster.clock.advance(1_500);
    }
    expect(group.stats().hitRatioAt).toEqual({ half: 0, now: 0, twice: 0 });
  });

  test('promises nothing for keys that are deleted before they are read again', async () => {
    const { group } = start({ load });
    for (let round = 0; round < 40; round++) {
      await circle(group, 30, 1);
      for (let i = 0; i < 30; i++) await group.write({ op: 'delete', key: `key-${i}` });
    }
    expect(group.stats().hitRatioAt).toEqual({ half: 0, now: 0, twice: 0 });
  });
});

describe('a limit that changes', () => {
  test('is kept at once when it shrinks, and can be used when it grows', async () => {
    const { group } = start({ load });
    await circle(group, 200, 1);
    const full = group.stats();
    group.resize({ maxBytes: MAX_BYTES / 4 });
    expect(group.stats().bytes).toBeLessThanOrEqual(MAX_BYTES / 4);
    expect(group.stats().entries).toBeGreaterThan(0);
    group.resize({ maxBytes: MAX_BYTES * 4 });
    await circle(group, 200, 2);
    expect(group.stats().entries).toBeGreaterThan(3 * full.entries);
  });

  test('is refused where it is none, and the one before stays', () => {
    const { group } = start({ load });
    expect(() => group.resize({ maxBytes: 1_000 })).toThrow(/maxBytes must be from 1024/);
    expect(group.maxBytes).toBe(MAX_BYTES);
  });
});
