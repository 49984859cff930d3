// A node that goes and comes again: what it brings back, and what it must not.

import { afterEach, describe, expect, test } from '@jest/globals';

import type { Group } from './group.js';
import { TestCluster, type TestClusterOptions } from './testing/test-cluster.js';

const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

const SAVED_AT = 1_700_000_000_000;
const KEYS = Array.from({ length: 200 }, (_, i) => `key-${i}`);

/** A cluster whose loads are counted; `origin.value` is what it loads. */
function setUp(size: number, limits: object = {}, options: Partial<TestClusterOptions> = {}) {
  const origin = { loads: [] as string[], value: 'old' };
  const load = async (key: string) => {
    origin.loads.push(key);
    return key.startsWith('no-') ? undefined : Buffer.from(origin.value);
  };
  const group = { load, warmRestart: true, ttlJitter: 0, ...limits };
  const cluster = new TestCluster({ size, groups: { g: group }, ...options });
  clusters.push(cluster);
  return { cluster, origin };
}

/** What the group dumps, as something that can be opened again and again. */
async function dumpOf(group: Group, savedAt = SAVED_AT) {
  const pieces: Uint8Array[] = [];
  for await (const piece of group.dump(savedAt)) pieces.push(piece);
  return openable(Buffer.concat(pieces));
}

function openable(bytes: Buffer) {
  const open = async function* () {
    yield bytes;
  };
  return Object.assign(open, { bytes });
}

/** The node's process is another one now, in the same ring. */
function restart(cluster: TestCluster, index = 0): Group {
  cluster.restart(index);
  cluster.updateAll(cluster.nodes);
  return cluster.group('g', index);
}

describe('a group that is restored', () => {
  test('answers what it held, with its version and what is left of its life, and loads nothing', async () => {
    const { cluster, origin } = setUp(1, { ttlMs: 60_000 });
    for (const key of KEYS) await cluster.group('g').get(key);
    const { version } = await cluster
      .group('g')
      .write({ op: 'set', key: 'set', value: Buffer.from('v'), ttlMs: 9_000 });
    await cluster
      .group('g')
      .write({ op: 'set', key: 'empty', value: Buffer.from(''), ttlMs: Number.POSITIVE_INFINITY });
    const dump = await dumpOf(cluster.group('g'));
    const group = restart(cluster);
    const restored = await group.restore(dump, { now: SAVED_AT + 5_000 });
    expect(restored).toEqual({ entries: 202, dumped: 202, bytes: dump.bytes.byteLength, awayMs: 5_000 });
    origin.loads.length = 0;
    for (const key of KEYS) expect(await group.get(key)).toMatchObject({ source: 'main', ttlMs: 55_000 });
    expect(await group.get('set')).toMatchObject({ version, ttlMs: 4_000 });
    expect(await group.get('empty')).toMatchObject({ ttlMs: Number.POSITIVE_INFINITY, value: new Uint8Array(0) });
    expect(origin.loads).toEqual([]);
  });

  test('has nothing that expired while it was away, or was only known not to exist', async () => {
    const { cluster } = setUp(1, { ttlMs: 5_000, negativeTtlMs: 60_000, staleIfErrorMs: 60_000 });
    await cluster.group('g').get('key');
    await cluster.group('g').write({ op: 'set', key: 'long', value: Buffer.from('v'), ttlMs: 60_000 });
    await cluster
      .group('g')
      .get('no-key')
      .catch(() => {});
    const dump = await dumpOf(cluster.group('g'));
    const group = restart(cluster);
    expect(await group.restore(dump, { now: SAVED_AT + 5_000 })).toMatchObject({ entries: 1, dumped: 2 });
    expect(group.peek('long')).toBeDefined();
  });

  test('leaves what was written or loaded since it began as it is', async () => {
    const { cluster, origin } = setUp(2);
    const [deleted, set, loaded, dropped, kept] = KEYS.filter((key) => cluster.ownerOf(key) === 0);
    for (const key of KEYS) await cluster.group('g').get(key);
    const dump = await dumpOf(cluster.group('g'));
    const group = restart(cluster);
    origin.value = 'new';
    await group.write({ op: 'delete', key: deleted! });
    await cluster.group('g', 1).write({ op: 'set', key: set!, value: Buffer.from('set') });
    await group.get(loaded!);
    group.drop({ key: dropped!, version: 1, keepsOwned: true });
    await group.restore(dump, { now: SAVED_AT });
    const held = [deleted, set, loaded, dropped, kept].map((key) => textOf(group.peek(key!)));
    expect(held).toEqual([undefined, 'set', 'new', undefined, 'old']);
  });

  test('leaves a key alone that is written while it is being restored', async () => {
    const { cluster } = setUp(1);
    for (const key of KEYS) await cluster.group('g').get(key);
    const dump = await dumpOf(cluster.group('g'));
    const group = restart(cluster);
    const restoring = group.restore(dump, { now: SAVED_AT });
    await group.write({ op: 'delete', key: KEYS[7]! });
    expect(await restoring).toMatchObject({ entries: 199 });
    expect(group.peek(KEYS[7]!)).toBeUndefined();
  });

  test('has nothing once all was cleared since it began', async () => {
    const { cluster } = setUp(1);
    await cluster.group('g').get('key');
    const dump = await dumpOf(cluster.group('g'));
    const group = restart(cluster);
    await group.clear();
    expect(await group.restore(dump, { now: SAVED_AT })).toMatchObject({ entries: 0, dumped: 1 });
  });

  test('takes only what the node owns now', async () => {
    const { cluster: before } = setUp(1);
    for (const key of KEYS) await before.group('g').get(key);
    const dump = await dumpOf(before.group('g'));
    const { cluster } = setUp(3);
    const owned = KEYS.filter((key) => cluster.ownerOf(key) === 1);
    const { entries, dumped } = await cluster.group('g', 1).restore(dump, { now: SAVED_AT });
    expect([entries, dumped]).toEqual([owned.length, KEYS.length]);
    for (const key of KEYS) expect(cluster.group('g', 1).peek(key) !== undefined).toBe(owned.includes(key));
  });

  test('stops when it is full, and pushes out little of what it had loaded', async () => {
    const { cluster: before } = setUp(1);
    for (let i = 0; i < 2_000; i++) {
      await before.group('g').write({ op: 'set', key: `${i}`, value: Buffer.alloc(1_000) });
    }
    const dump = await dumpOf(before.group('g'));
    const { cluster } = setUp(1, { maxBytes: 200_000 });
    const { entries } = await cluster.group('g').restore(dump, { now: SAVED_AT });
    expect(entries).toBeGreaterThan(100);
    expect(entries).toBeLessThan(500);
    expect(cluster.group('g').stats().bytes).toBeLessThanOrEqual(200_000);
  });
});

describe('a dump', () => {
  test('of a member that has left the ring has what it owned until then, and no copies', async () => {
    const { cluster } = setUp(3, { hotAfterFetches: 1 });
    const owned = KEYS.filter((key) => cluster.ownerOf(key) === 0);
    for (const key of KEYS) for (let i = 0; i < 2; i++) await cluster.group('g').get(key);
    expect(cluster.group('g').stats().hotEntries).toBeGreaterThan(0);
    cluster.updateAll(cluster.nodes.slice(1));
    const dump = await dumpOf(cluster.group('g'));
    const group = restart(cluster);
    expect(await group.restore(dump, { now: SAVED_AT })).toMatchObject({ entries: owned.length, dumped: owned.length });
  });

  test('has no key that another member owned in between', async () => {
    const { cluster } = setUp(2);
    cluster.updateAll(cluster.nodes.slice(0, 1));
    for (const key of KEYS) await cluster.group('g').get(key);
    cluster.updateAll(cluster.nodes);
    const lost = KEYS.filter((key) => cluster.ownerOf(key) === 1);
    cluster.updateAll(cluster.nodes.slice(0, 1));
    const dump = await dumpOf(cluster.group('g'));
    const { dumped } = await restart(cluster).restore(dump, { now: SAVED_AT });
    expect(lost.length).toBeGreaterThan(0);
    expect(dumped).toBe(KEYS.length - lost.length);
  });

  test('has nothing if the member may have missed a write', async () => {
    const { cluster } = setUp(2);
    const key = cluster.keyOwnedBy(0);
    await cluster.group('g').get(key);
    const dumpedBefore = await dumpOf(cluster.group('g'));
    cluster.nodes[0]!.peers.ownership.isolate();
    const dump = await dumpOf(cluster.group('g'));
    expect(dump.bytes.byteLength).toBeLessThan(dumpedBefore.bytes.byteLength);
    expect(dump.bytes.includes(key)).toBe(false);
    expect(dumpedBefore.bytes.includes(key)).toBe(true);
  });
});

describe('a dump is refused', () => {
  test('whole, if it is damaged anywhere', async () => {
    const { cluster } = setUp(1);
    for (let i = 0; i < 1_000; i++) {
      await cluster.group('g').write({ op: 'set', key: `${i}`, value: Buffer.alloc(1_000) });
    }
    const { bytes } = await dumpOf(cluster.group('g'));
    bytes[bytes.byteLength - 5]! ^= 1;
    const group = restart(cluster);
    const error = await group.restore(openable(bytes), { now: SAVED_AT }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(/the trailer is wrong/) });
    expect(group.stats().entries).toBe(0);
  });

  test('if it is of another group, or of a time to come', async () => {
    const { cluster } = setUp(1, {}, { groups: { g: { warmRestart: true }, h: { warmRestart: true } } });
    const dump = await dumpOf(cluster.group('g'));
    await expect(cluster.group('h').restore(dump, { now: SAVED_AT })).rejects.toThrow('the dump is of the group "g"');
    const restoring = cluster.group('g').restore(dump, { now: SAVED_AT - 2_000 });
    await expect(restoring).rejects.toThrow('the dump is of a time to come');
  });

  test('a second time, since what was written between is no longer known', async () => {
    const { cluster } = setUp(1);
    const dump = await dumpOf(cluster.group('g'));
    await cluster.group('g').restore(dump, { now: SAVED_AT });
    await expect(cluster.group('g').restore(dump, { now: SAVED_AT })).rejects.toThrow('a group is restored once');
  });

  test('by a group that was not made for it', async () => {
    const { cluster } = setUp(1, { warmRestart: false });
    expect(() => cluster.group('g').dump(SAVED_AT)).toThrow('made without warmRestart');
    await expect(cluster.group('g').restore(openable(Buffer.alloc(0)), { now: 0 })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  test('as unavailable while the member has no sure place, and taken once it has', async () => {
    const { cluster } = setUp(1);
    cluster.nodes[0]!.peers.update([]);
    const { cluster: before } = setUp(1);
    await before.group('g').get('key');
    const dump = await dumpOf(before.group('g'));
    await expect(cluster.group('g').restore(dump, { now: SAVED_AT })).rejects.toMatchObject({ code: 'unavailable' });
    cluster.updateAll(cluster.nodes);
    expect(await cluster.group('g').restore(dump, { now: SAVED_AT })).toMatchObject({ entries: 1 });
  });
});

function textOf(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString();
}
