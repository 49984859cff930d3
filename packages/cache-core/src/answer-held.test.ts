// A read that needs no wait: as get() and serve() would answer it, by the bytes of its key.

import { afterEach, describe, expect, test } from '@jest/globals';

import type { Group } from './group.js';
import { settled } from './testing/manual-clock.js';
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

const load = async (key: string) => (key === 'none' ? undefined : Buffer.from(`value of ${key}`));

/** As from within a message. */
function at(group: Group, key: string, from: 'client' | 'peer' = 'client') {
  const message = Buffer.from(`<${key}>`);
  return group.answerHeld(message, 1, message.length - 1, from);
}

describe.each([['heap'], ['slabs']] as const)('what is held on %s', (store) => {
  test('is answered as get does, and counted as one; what is not held is neither', async () => {
    const cluster = start({ size: 1, groups: { g: { load, store, ttlMs: 1_000, ttlJitter: 0 } } });
    const group = cluster.group('g', 0);
    expect(at(group, '张三')).toBeUndefined();
    expect(group.stats()).toMatchObject({ gets: 0, hits: 0, misses: 0 });
    await group.get('张三');
    const answer = at(group, '张三')!;
    const { value, version, ttlMs, source, servedBy } = answer;
    expect(answer.valueLength).toBe(value.length);
    const copy = Buffer.alloc(value.length + 1);
    answer.copyValue(copy, 1);
    expect(copy.toString()).toBe('\0value of 张三');
    expect({ value, version, ttlMs, source, servedBy }).toEqual(await group.get('张三'));
    expect(Buffer.from(value).toString()).toBe('value of 张三');
    expect(group.stats()).toMatchObject({ gets: 3, hits: 2, misses: 1 });
    await cluster.clock.advance(1_000);
    expect(at(group, '张三')).toBeUndefined();
  });

  test('is counted as a serve where a peer asks', async () => {
    const cluster = start({ size: 1, groups: { g: { load, store } } });
    const group = cluster.group('g', 0);
    await group.get('k');
    expect(at(group, 'k', 'peer')).toMatchObject({ source: 'main' });
    expect(group.stats()).toMatchObject({ gets: 1, serves: 1, serveHits: 1 });
  });

  test('is a copy of what another member owns, if there is one', async () => {
    const cluster = start({ size: 2, groups: { g: { load, store, hotAfterFetches: 1 } } });
    const key = cluster.keyOwnedBy(1);
    await cluster.group('g', 0).get(key);
    expect(at(cluster.group('g', 0), key)).toMatchObject({ source: 'hot' });
  });

  test('may be that there is no such key', async () => {
    const cluster = start({ size: 1, groups: { g: { load, store, negativeTtlMs: 1_000 } } });
    const group = cluster.group('g', 0);
    await expect(group.get('none')).rejects.toMatchObject({ code: 'not_found' });
    expect(() => at(group, 'none')).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  test('is loaded again ahead of its expiry', async () => {
    let loads = 0;
    const counted = async (key: string) => {
      loads++;
      return load(key);
    };
    const limits = { store, ttlMs: 1_000, ttlJitter: 0, refreshAheadMs: 100 };
    const cluster = start({ size: 1, groups: { g: { load: counted, ...limits } } });
    const group = cluster.group('g', 0);
    await group.get('k');
    at(group, 'k');
    await settled();
    expect(loads).toBe(1);
    await cluster.clock.advance(950);
    expect(at(group, 'k')).toBeDefined();
    await settled();
    expect(loads).toBe(2);
    await cluster.clock.advance(500);
    expect(at(group, 'k')).toBeDefined();
  });

  test('is left to get() where somebody hears of hits', async () => {
    const heard: string[] = [];
    const observe = ({ step }: { step: string }) => heard.push(step);
    let hearsHits = true;
    const hears = (step: string) => hearsHits || (step !== 'hit' && step !== 'received');
    const cluster = start({ size: 1, groups: { g: { load, store, observe, hears } } });
    const group = cluster.group('g', 0);
    await group.get('k');
    expect(at(group, 'k')).toBeUndefined();
    hearsHits = false;
    expect(at(group, 'k')).toBeDefined();
    await group.get('k');
    await group.get('other');
    expect(heard).toEqual(['received', 'pick', 'loaded', 'stored', 'pick', 'loaded', 'stored']);
  });

  test('is no key for what is no UTF-8', async () => {
    const cluster = start({ size: 1, groups: { g: { load, store } } });
    const group = cluster.group('g', 0);
    await group.get('\ufffd');
    expect(group.answerHeld(Buffer.from([0xff]), 0, 1, 'client')).toBeUndefined();
  });
});
