// What a member that is silent, cut off or about to leave costs the others, by a list that nobody changes: as with a static list,
// DNS or Kubernetes while they still name it.

import { afterEach, expect, test } from '@jest/globals';

import type { Change } from './contracts.js';
import { TestCluster, type TestClusterOptions } from './testing/test-cluster.js';

const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

/** Members that have found each other. */
async function started(options: TestClusterOptions): Promise<TestCluster> {
  const cluster = new TestCluster({ exchanges: true, ...options });
  clusters.push(cluster);
  await cluster.clock.advance(5_000);
  return cluster;
}

const set = (key: string, value: string): Change => ({ op: 'set', key, value: Buffer.from(value) });
const text = (value: Uint8Array) => Buffer.from(value).toString();

/** What becomes of it while time passes. */
async function within<T>(cluster: TestCluster, outcome: Promise<T>, ms = 10_000): Promise<T> {
  const settled = outcome.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await cluster.clock.advance(ms);
  const ended = await settled;
  if ('error' in ended) throw ended.error;
  return ended.value;
}

test('a member that was cut off for some seconds serves no copy of a key that was written meanwhile', async () => {
  const cluster = await started({ size: 3, groups: { kv: { hotAfterFetches: 1, hotTtlMs: 3_600_000 } } });
  const key = cluster.keyOwnedBy(1);
  await cluster.group('kv', 1).write(set(key, 'old'));
  expect(text((await cluster.group('kv', 0).get(key)).value)).toBe('old');
  expect(cluster.group('kv', 0).held(key)).toBeDefined();
  for (const other of ['node-2:9999', 'node-3:9999']) cluster.network.partition('node-1:9999', other);
  await cluster.clock.advance(4_000);
  expect(await within(cluster, cluster.group('kv', 1).write(set(key, 'new')))).toMatchObject({ applied: 'all' });
  cluster.network.heal();
  expect(cluster.group('kv', 0).held(key)).toBeUndefined(); // at once, before it is told again
  await cluster.clock.advance(2_000);
  expect(text((await cluster.group('kv', 0).get(key)).value)).toBe('new');
});

test('one silent member costs the others what it owns, and nothing else, for as long as the list has it', async () => {
  const cluster = await started({ size: 3, groups: { kv: {}, db: { load: async (key) => Buffer.from(key) } } });
  const keys = Array.from({ length: 60 }, (_, i) => `key-${i}`);
  for (const key of keys) await cluster.group('kv').write(set(key, key));
  const ofOthers = keys.filter((key) => cluster.ownerOf(key) !== 2);
  cluster.network.pause('node-3:9999');
  await cluster.clock.advance(120_000);
  for (const key of ofOthers) expect(text((await cluster.group('kv').get(key)).value)).toBe(key);
  expect(cluster.nodes.slice(0, 2).map(({ peers }) => peers.ownership.isolations)).toEqual([0, 0]);
  const silent = cluster.keyOwnedBy(2);
  expect(text((await within(cluster, cluster.group('db').get(silent), 100)).value)).toBe(silent);
  // Written to at once, and all that may hold copies know: the silent one holds none that it may serve.
  const written = within(cluster, cluster.group('kv').write(set(ofOthers[0]!, 'new')), 100);
  expect(await written).toMatchObject({ applied: 'all' });
  cluster.network.resume('node-3:9999');
  await cluster.clock.advance(5_000);
  expect(text((await cluster.group('kv').get(keys.find((key) => cluster.ownerOf(key) === 2)!)).value)).toMatch(/^key-/);
});

test('a write names a member that has just fallen silent as missing, and does not wait for it', async () => {
  const cluster = await started({ size: 3, groups: { kv: {} } });
  cluster.network.pause('node-3:9999');
  await cluster.clock.advance(1_600); // noticed, and not yet past what it was granted
  const written = within(cluster, cluster.group('kv').write(set(cluster.keyOwnedBy(0), 'v')), 50);
  expect(await written).toMatchObject({ applied: 'partial', missing: ['node-3'], staleForMs: 3_000 });
});

test('a loader that takes most of its time is asked once a key, by the owner, whoever asks', async () => {
  let loads = 0;
  const cluster = await started({
    size: 3,
    groups: {
      db: {
        flightTimeoutMs: 5_000,
        load: (key) => {
          loads++;
          return new Promise((resolve) => cluster.clock.setTimeout(() => resolve(Buffer.from(key)), 3_000));
        },
      },
    },
  });
  const keys = [0, 1, 2].map((owner) => cluster.keyOwnedBy(owner));
  const gets = keys.flatMap((key) => [0, 1, 2].map((i) => cluster.group('db', i).get(key)));
  const values = await within(cluster, Promise.all(gets), 4_000);
  expect(values.map(({ value }) => text(value))).toEqual(keys.flatMap((key) => [key, key, key]));
  expect(loads).toBe(3);
});

test('a member that is out of the ring forwards sets and deletes to their owners', async () => {
  const cluster = await started({ size: 3, groups: { kv: {} } });
  cluster.updateAll(cluster.nodes.slice(0, 2)); // as one that leaves, and still answers its clients
  await cluster.clock.advance(5_000);
  const key = cluster.keyOwnedBy(1);
  expect(await within(cluster, cluster.group('kv', 2).write(set(key, 'v')))).toMatchObject({ applied: 'all' });
  expect(text((await cluster.group('kv', 0).get(key)).value)).toBe('v');
  const deleted = within(cluster, cluster.group('kv', 2).write({ op: 'delete', key }));
  expect(await deleted).toMatchObject({ applied: 'all' });
});

test('members that see different lists keep nothing of each other, and act together once the lists agree', async () => {
  const cluster = await started({
    size: 3,
    groups: { db: { hotAfterFetches: 1, load: async (key) => Buffer.from(key) } },
  });
  cluster.nodes[0]!.peers.update(cluster.nodes.slice(0, 2).map(({ member }) => member));
  await cluster.clock.advance(3_000);
  const key = cluster.keyOwnedBy(1);
  await within(cluster, cluster.group('db', 0).get(key), 100);
  expect(cluster.group('db', 0).held(key)).toBeUndefined();
  cluster.updateAll(cluster.nodes);
  await cluster.clock.advance(3_000);
  await cluster.group('db', 0).get(key);
  await cluster.group('db', 0).get(key);
  expect(cluster.group('db', 0).held(key)).toBeDefined();
});

test('a member that could not do what it was told is told again, and gets no grant before', async () => {
  const cluster = await started({ size: 3, groups: { kv: { hotAfterFetches: 1, hotTtlMs: 3_600_000 } } });
  const key = cluster.keyOwnedBy(1);
  await cluster.group('kv', 1).write(set(key, 'old'));
  await cluster.group('kv', 0).get(key);
  const deaf = cluster.group('kv', 0);
  const { drop } = deaf;
  deaf.drop = () => {
    throw new Error('out of memory, for a moment');
  };
  const written = within(cluster, cluster.group('kv', 1).write(set(key, 'new')), 100);
  expect(await written).toMatchObject({ applied: 'partial', missing: ['node-1'] });
  await cluster.clock.advance(3_000); // it is told again and again in vain, so nothing of what it holds is to be served
  expect(cluster.group('kv', 0).held(key)).toBeUndefined();
  deaf.drop = drop;
  await cluster.clock.advance(3_000);
  await cluster.group('kv', 0).get(key);
  expect(text(cluster.group('kv', 0).held(key)!.value)).toBe('new'); // it may keep copies again
});

test('a delete that a cut-off member made does not remove, when it is told again, what was set since', async () => {
  for (const hasOrigin of [false, true]) {
    const load = async () => Buffer.from('loaded');
    const cluster = await started({ size: 3, groups: { g: hasOrigin ? { load } : {} } });
    const key = cluster.keyOwnedBy(1);
    await cluster.group('g', 1).write(set(key, 'old'));
    for (const other of ['node-2:9999', 'node-3:9999']) cluster.network.partition('node-1:9999', other);
    await cluster.clock.advance(4_000);
    const deleted = within(cluster, cluster.group('g', 0).write({ op: 'delete', key }));
    expect(await deleted).toMatchObject({ applied: 'partial', missing: expect.arrayContaining(['node-2']) });
    expect(await within(cluster, cluster.group('g', 1).write(set(key, 'new')))).toMatchObject({ applied: 'all' });
    cluster.network.heal();
    await cluster.clock.advance(10_000);
    // Where there is an origin it has the value that counts, and what the delete was for is better done late than never.
    expect(text((await cluster.group('g', 1).get(key)).value)).toBe(hasOrigin ? 'loaded' : 'new');
  }
});

test("what was in another member's hands meanwhile is not served from before", async () => {
  const cluster = await started({ size: 2, groups: { kv: {} } });
  const key = cluster.keyOwnedBy(0);
  await cluster.group('kv', 0).write(set(key, 'old'));
  cluster.updateAll(cluster.nodes.slice(1));
  await cluster.clock.advance(30_000);
  await cluster.group('kv', 1).write(set(key, 'new'));
  cluster.network.partition('node-1:9999', 'node-2:9999'); // so that the other one can not tell
  await cluster.clock.advance(30_000);
  cluster.updateAll(cluster.nodes);
  await cluster.clock.advance(30_000);
  expect(cluster.group('kv', 0).held(key)).toBeUndefined();
});
