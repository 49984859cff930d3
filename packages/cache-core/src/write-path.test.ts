import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { POLICY_NAMES } from '@ringcache/policies';

import type { Change } from './contracts.js';
import type { CacheError } from './errors.js';
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

function text(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

function set(key: string, value: string): Change {
  return { op: 'set', key, value: Buffer.from(value) };
}

describe('a write', () => {
  test('that all acknowledge is what every member answers from then on, copies included', async () => {
    const cluster = start({ size: 3, groups: { g: { hotAfterFetches: 1 } } });
    const key = cluster.keyOwnedBy(1);
    await cluster.group('g', 0).write(set(key, 'old'));
    for (const i of [0, 1, 2]) await cluster.group('g', i).get(key);
    expect((await cluster.group('g', 2).get(key)).source).toBe('hot');
    const result = await cluster.group('g', 0).write(set(key, 'new'));
    expect(result.applied).toBe('all');
    for (const i of [0, 1, 2]) {
      expect(await cluster.group('g', i).get(key)).toMatchObject({
        value: new Uint8Array(Buffer.from('new')),
        version: result.version,
      });
    }
  });

  test('of delete makes the next get, on every member, load again', async () => {
    let value = 'old';
    const cluster = start({ size: 3, groups: { g: { load: async () => Buffer.from(value), hotAfterFetches: 1 } } });
    const key = cluster.keyOwnedBy(1);
    for (const i of [0, 1, 2]) await cluster.group('g', i).get(key);
    value = 'new';
    await cluster.group('g', 0).write({ op: 'delete', key });
    for (const i of [0, 1, 2]) expect(text((await cluster.group('g', i).get(key)).value)).toBe('new');
  });

  test('of many deletes tells of each, in their order, and travels in no more calls than one a key and member', async () => {
    const cluster = start({ size: 2, groups: { g: { load: async (key) => Buffer.from(key) } } });
    const keys = ['a', '', 'b', 'c'];
    for (const key of ['a', 'b', 'c']) await cluster.group('g', 0).get(key);
    const { calls } = cluster.network;
    const results = await cluster.group('g', 0).deleteMany(keys);
    expect(results.map((result) => ('code' in result ? result.code : result.applied))).toEqual([
      'all',
      'invalid_argument',
      'all',
      'all',
    ]);
    expect(cluster.network.calls - calls).toBeLessThanOrEqual(6);
    for (const i of [0, 1]) for (const key of ['a', 'b', 'c']) expect(cluster.group('g', i).held(key)).toBeUndefined();
  });

  test('fences the load that began before it: its old value is not stored over the write', async () => {
    let arrive!: (value: Uint8Array) => void;
    const load = () =>
      new Promise<Uint8Array>((resolve) => {
        arrive = resolve;
      });
    const cluster = start({ size: 1, groups: { g: { load } } });
    const group = cluster.group('g');
    const before = group.get('k');
    await settled();
    await group.write(set('k', 'new'));
    arrive(Buffer.from('old'));
    expect(text((await before).value)).toBe('old'); // it began before the write was answered
    expect(text((await group.get('k')).value)).toBe('new');
  });

  test('fences the fetch that began before it: its old value does not become a copy', async () => {
    const cluster = start({ size: 2, groups: { g: { hotAfterFetches: 1 } } });
    const key = cluster.keyOwnedBy(1);
    await cluster.group('g', 1).write(set(key, 'old'));
    cluster.network.delayMs = [50, 50];
    const before = cluster.group('g', 0).get(key); // answered at the owner after 50 ms, arrives after 100
    await cluster.clock.advance(60);
    cluster.network.delayMs = [0, 0];
    await cluster.group('g', 1).write(set(key, 'new'));
    await cluster.clock.advance(60);
    expect(text((await before).value)).toBe('old');
    expect(text((await cluster.group('g', 0).get(key)).value)).toBe('new');
  });

  test('that a member does not acknowledge says which, and how stale that one can be', async () => {
    const cluster = start({ size: 3, groups: { g: { hotAfterFetches: 1, hotTtlMs: 3000 } } });
    const key = cluster.keyOwnedBy(1);
    await cluster.group('g', 1).write(set(key, 'old'));
    await cluster.group('g', 2).get(key);
    cluster.network.partition('node-2:9999', 'node-3:9999');
    const write = cluster.group('g', 1).write(set(key, 'new'));
    await cluster.clock.advance(2000);
    expect(await write).toMatchObject({ applied: 'partial', missing: ['node-3'], staleForMs: 3000 });
    expect(text((await cluster.group('g', 2).get(key)).value)).toBe('old');
    cluster.network.heal();
    await cluster.clock.advance(1000); // 3000 ms since the copy was made
    expect(text((await cluster.group('g', 2).get(key)).value)).toBe('new');
  });

  test('of delete is done without an owner that is away; of set fails', async () => {
    const cluster = start({ size: 3, groups: { g: { load: async () => Buffer.from('v'), hotAfterFetches: 1 } } });
    const key = cluster.keyOwnedBy(1);
    for (const i of [0, 2]) await cluster.group('g', i).get(key);
    cluster.nodes[1]!.kill();
    await expect(cluster.group('g', 0).write(set(key, 'new'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await cluster.group('g', 0).write({ op: 'delete', key })).toMatchObject({
      applied: 'partial',
      missing: ['node-2'],
    });
    for (const i of [0, 2]) expect(cluster.group('g', i).held(key)).toBeUndefined();
  });

  test('to an owner that is known to be silent fails at once, and is not waited for where it falls silent meanwhile', async () => {
    const cluster = start({ size: 3, groups: { g: {} } });
    const key = cluster.keyOwnedBy(1);
    cluster.network.pause('node-2:9999');
    const under = cluster.group('g', 0).write(set(key, 'under way'));
    cluster.nodes[0]!.peers.breakers.silent('node-2');
    await expect(under).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cluster.group('g', 0).write(set(key, 'new'))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'node-2, which owns the key, does not answer',
    });
  });

  test('does not wait for a member that is known to be silent: it is missing', async () => {
    const cluster = start({ size: 3, groups: { g: {} } });
    const key = cluster.keyOwnedBy(0);
    cluster.network.pause('node-3:9999');
    cluster.nodes[0]!.peers.breakers.silent('node-3');
    expect(await cluster.group('g', 0).write(set(key, 'new'))).toMatchObject({
      applied: 'partial',
      missing: ['node-3'],
    });
  });

  test('at its owner ends within the time that its caller gives: who has not acknowledged by then is missing', async () => {
    const cluster = start({ size: 3, groups: { g: {} } });
    cluster.network.pause('node-3:9999');
    const write = cluster.group('g', 0).write(set(cluster.keyOwnedBy(0), 'new'), { timeoutMs: 100 });
    await cluster.clock.advance(100);
    expect(await write).toMatchObject({ applied: 'partial', missing: ['node-3'] });
    const cleared = cluster.group('g', 0).clear({ timeoutMs: 100 });
    await cluster.clock.advance(100);
    expect(await cleared).toMatchObject({ applied: 'partial', missing: ['node-3'] });
  });

  test('to a silent owner ends within the time that its caller gives', async () => {
    const cluster = start({ size: 3, groups: { g: {} } });
    cluster.network.pause('node-2:9999');
    const write = cluster.group('g', 0).write(set(cluster.keyOwnedBy(1), 'new'), { timeoutMs: 100 });
    const outcome = expect(write).rejects.toMatchObject({ code: 'deadline' });
    await cluster.clock.advance(100);
    await outcome;
  });

  test('ends when its caller gives up', async () => {
    const cluster = start({ size: 3, groups: { g: {} } });
    for (const owner of [0, 1]) {
      cluster.network.pause(owner === 0 ? 'node-3:9999' : 'node-2:9999');
      const giveUp = new AbortController();
      const change = set(cluster.keyOwnedBy(owner), 'new');
      const outcome = expect(cluster.group('g', 0).write(change, { signal: giveUp.signal })).rejects;
      giveUp.abort();
      await outcome.toMatchObject({ code: 'deadline' });
    }
  });

  test('tells a member too that asks to be told while others are told', async () => {
    const cluster = start({ size: 3, groups: { g: { hotAfterFetches: 1 } } });
    const key = cluster.keyOwnedBy(0);
    await cluster.group('g', 0).write(set(key, 'old'));
    await cluster.group('g', 2).get(key);
    const { peers } = cluster.nodes[0]!;
    const [second, third] = peers.others();
    const targets = jest.spyOn(peers, 'invalidationTargets').mockReturnValue([second!]);
    cluster.network.delayMs = [10, 10];
    const write = cluster.group('g', 0).write(set(key, 'new'));
    await cluster.clock.advance(5);
    targets.mockReturnValue([second!, third!]);
    await cluster.clock.advance(50);
    expect((await write).applied).toBe('all');
    expect(cluster.group('g', 2).held(key)).toBeUndefined();
  });

  test('whose writer was cut off while it told the others is not acknowledged by all', async () => {
    const cluster = start({ size: 3, groups: { g: {} } });
    cluster.network.delayMs = [10, 10];
    const write = cluster.group('g', 0).write(set(cluster.keyOwnedBy(0), 'new'));
    await cluster.clock.advance(5);
    cluster.nodes[0]!.peers.update([]);
    await cluster.clock.advance(50);
    expect(await write).toMatchObject({ applied: 'partial', missing: ['node-1'] });
  });

  test('has a version above every one that its member has given or heard of', async () => {
    const cluster = start({ size: 2, groups: { g: { epoch: 1000 } } });
    const key = cluster.keyOwnedBy(1);
    const first = await cluster.group('g', 1).write(set(key, '1'));
    expect(first.version).toBeGreaterThan(1000);
    const other = await cluster.group('g', 0).write(set(cluster.keyOwnedBy(0), '2'));
    expect(other.version).toBeGreaterThan(first.version);
    cluster.group('g', 0).drop({ key: 'x', version: 5000, keepsOwned: true });
    const next = await cluster.group('g', 0).write(set(cluster.keyOwnedBy(0), '3'));
    expect(next.version).toBeGreaterThan(5000);
  });

  test('of set lives for its own time, or the group’s', async () => {
    const cluster = start({ size: 1, groups: { g: { ttlMs: 5000, ttlJitter: 0 } } });
    const group = cluster.group('g');
    await group.write({ op: 'set', key: 'own', value: Buffer.from('v'), ttlMs: 1000 });
    await group.write(set('group', 'v'));
    expect([(await group.get('own')).ttlMs, (await group.get('group')).ttlMs]).toEqual([1000, 5000]);
  });

  test.each(['heap', 'slabs'] as const)('of set keeps what the bytes were, in memory of its own: %s', async (store) => {
    const cluster = start({ size: 1, groups: { g: { store } } });
    for (const length of [4, 4096]) {
      const buffer = new Uint8Array(length);
      for (const i of [1, 2, 3]) await cluster.group('g').write({ op: 'set', key: `k${i}`, value: buffer.fill(i) });
      structuredClone(buffer, { transfer: [buffer.buffer] }); // nothing is left of it here
      for (const i of [1, 2, 3]) {
        expect((await cluster.group('g').get(`k${i}`)).value).toEqual(new Uint8Array(length).fill(i));
      }
    }
  });

  test('of set that the group has no room for is refused, and what was there stays', async () => {
    const cluster = start({ size: 2, groups: { g: { maxBytes: 65_536 } } });
    const key = cluster.keyOwnedBy(1);
    for (const via of [0, 1]) {
      await cluster.group('g', via).write(set(key, 'v'));
      const large = cluster.group('g', via).write({ op: 'set', key, value: Buffer.alloc(200_000) });
      await expect(large).rejects.toMatchObject({ code: 'too_large', message: expect.stringContaining('65536') });
      expect(text((await cluster.group('g', via).get(key)).value)).toBe('v');
    }
  });

  test.each(POLICY_NAMES)('of set that is answered with "all" is there: %s', async (policy) => {
    const cluster = start({ size: 1, groups: { g: { maxBytes: 65_536, policy } } });
    const group = cluster.group('g');
    for (let i = 0; i < 200; i++) {
      const key = `key ${i}`;
      const value = Buffer.alloc([10, 1_000, 20_000, 45_000, 55_000][i % 5]!, i);
      const answer = await group.write({ op: 'set', key, value }).catch((error: CacheError) => error.code);
      if (answer === 'too_large') await expect(group.get(key)).rejects.toMatchObject({ code: 'not_found' });
      else expect([i, Buffer.compare((await group.get(key)).value, value)]).toEqual([i, 0]);
    }
  });

  test('of set with a time to live of 0 deletes the key', async () => {
    const cluster = start({ size: 2, groups: { g: { ttlMs: 5000 }, brief: { ttlMs: 0 } } });
    const key = cluster.keyOwnedBy(1);
    for (const via of [0, 1]) {
      await cluster.group('g', via).write(set(key, 'v'));
      const result = await cluster.group('g', via).write({ ...set(key, 'w'), ttlMs: 0 } as Change);
      expect(result.applied).toBe('all');
      await expect(cluster.group('g', via).get(key)).rejects.toMatchObject({ code: 'not_found' });
      await cluster.group('brief', via).write(set(key, 'v')); // as its group says
      await expect(cluster.group('brief', via).get(key)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('of set lives as long as its writer says, with nothing taken off by chance', async () => {
    const cluster = start({ size: 1, groups: { g: { ttlMs: 5000, ttlJitter: 0.5 } } });
    const group = cluster.group('g');
    await group.write({ op: 'set', key: 'own', value: Buffer.from('v'), ttlMs: 86_400_000 });
    await group.write({ op: 'set', key: 'ever', value: Buffer.from('v'), ttlMs: Number.POSITIVE_INFINITY });
    expect((await group.get('own')).ttlMs).toBe(86_400_000);
    expect((await group.get('ever')).ttlMs).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    ['an empty key', { op: 'delete', key: '' }, 'invalid_argument'],
    ['no bytes', { op: 'set', key: 'k', value: 'text' }, 'invalid_argument'],
    ['a negative life', { op: 'set', key: 'k', value: Buffer.from('v'), ttlMs: -1 }, 'invalid_argument'],
    [
      'a life that is no number',
      { op: 'set', key: 'k', value: Buffer.from('v'), ttlMs: Number.NaN },
      'invalid_argument',
    ],
    ['too large a value', { op: 'set', key: 'k', value: Buffer.alloc(101) }, 'too_large'],
  ])('with %s is refused, and changes nothing', async (_, change, code) => {
    const cluster = start({ size: 1, groups: { g: { maxValueBytes: 100 } } });
    await cluster.group('g').write(set('k', 'kept'));
    await expect(cluster.group('g').write(change as Change)).rejects.toMatchObject({ code });
    await expect(cluster.group('g').own(change as Change)).rejects.toMatchObject({ code });
    expect(text((await cluster.group('g').get('k')).value)).toBe('kept');
  });
});

test('a delete drops what is remembered of the absence of a key', async () => {
  let row: Uint8Array | undefined;
  const cluster = start({ size: 1, groups: { g: { load: async () => row, negativeTtlMs: 60_000 } } });
  await expect(cluster.group('g').get('k')).rejects.toMatchObject({ code: 'not_found' });
  row = Buffer.from('v');
  await expect(cluster.group('g').get('k')).rejects.toMatchObject({ code: 'not_found' });
  await cluster.group('g').write({ op: 'delete', key: 'k' });
  expect(text((await cluster.group('g').get('k')).value)).toBe('v');
});

describe('clear', () => {
  test('forgets everything, and what flights in progress bring', async () => {
    let arrive!: (value: Uint8Array) => void;
    const load = () =>
      new Promise<Uint8Array>((resolve) => {
        arrive = resolve;
      });
    const cluster = start({ size: 1, groups: { g: { load } } });
    const group = cluster.group('g');
    await group.write(set('a', 'v'));
    const flying = group.get('b');
    await settled();
    group.forgetAll();
    arrive(Buffer.from('v'));
    await flying;
    expect([group.held('a'), group.held('b')]).toEqual([undefined, undefined]);
  });

  test('keeps a fetch that began before it from making a copy', async () => {
    const cluster = start({ size: 2, groups: { g: { hotAfterFetches: 1 } } });
    const key = cluster.keyOwnedBy(1);
    await cluster.group('g', 1).write(set(key, 'old'));
    cluster.network.delayMs = [50, 50];
    const before = cluster.group('g', 0).get(key); // answered at the owner after 50 ms, arrives after 100
    await cluster.clock.advance(60);
    cluster.network.delayMs = [0, 0];
    expect((await cluster.group('g', 1).clear()).applied).toBe('all');
    await cluster.clock.advance(60);
    expect(text((await before).value)).toBe('old');
    expect(cluster.group('g', 0).held(key)).toBeUndefined();
  });
});
