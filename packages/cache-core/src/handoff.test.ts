// Rings that change: what is still served, what is handed over, and what is loaded again.

import { afterEach, describe, expect, test } from '@jest/globals';
import { Ring } from '@ringcache/hashring';

import type { Member } from './member.js';
import { TestCluster, type TestClusterOptions, type TestNode } from './testing/test-cluster.js';

const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

const KEYS = Array.from({ length: 1000 }, (_, i) => `key-${i}`);

/** A cluster whose last node is not in the ring yet, every key warm, and its loads counted. */
async function warm(size: number, options: Partial<TestClusterOptions> = {}) {
  const origin = { loads: [] as string[] };
  const load = async (key: string) => {
    origin.loads.push(key);
    return Buffer.from(`value of ${key}`);
  };
  const cluster = new TestCluster({ size, groups: { g: { load, hotTtlMs: 0 } }, ...options });
  clusters.push(cluster);
  const late = cluster.nodes.at(-1)!;
  const early = cluster.nodes.slice(0, -1);
  for (const node of early) node.peers.update(early.map(({ member }) => member));
  late.peers.update([]);
  await cluster.clock.advance(60_000); // whatever handoff there was at the start is over
  for (const key of KEYS) await cluster.group('g', 0).get(key);
  origin.loads = [];
  return { cluster, origin, early, late };
}

async function askAll(cluster: TestCluster, from: number): Promise<void> {
  for (const key of KEYS) {
    const { value } = await cluster.group('g', from).get(key);
    expect(Buffer.from(value).toString()).toBe(`value of ${key}`);
  }
}

describe('a change of the ring', () => {
  test('by a member that joins costs the origin nothing: it asks the owners before it', async () => {
    const { cluster, origin, late } = await warm(4);
    cluster.updateAll(cluster.nodes);
    await askAll(cluster, 0);
    expect(origin.loads).toEqual([]);
    const { handoffs, entries } = late.groups.get('g')!.stats();
    expect(handoffs).toBeGreaterThan(150);
    expect(entries).toBe(handoffs);
    await askAll(cluster, 1); // and once is enough
    expect(late.groups.get('g')!.stats().handoffs).toBe(handoffs);
  });

  test('by a member that leaves and stays to answer costs the origin nothing', async () => {
    const { cluster, origin, early } = await warm(4);
    const stay = early.slice(0, 2);
    for (const node of stay) node.peers.update(stay.map(({ member }) => member));
    await askAll(cluster, 0);
    expect(origin.loads).toEqual([]);
  });

  test('by a member that died costs the origin its keys, each once for the whole cluster', async () => {
    const { cluster, origin, early } = await warm(4);
    const [dead, ...rest] = [...early].reverse() as [TestNode, ...TestNode[]];
    const lost = KEYS.filter((key) => early[0]!.peers.ring.owner(key).id === dead.member.id);
    dead.kill();
    for (const node of rest) node.peers.update(rest.map(({ member }) => member));
    await askAll(cluster, 0);
    await askAll(cluster, 1);
    expect([...origin.loads].sort()).toEqual([...lost].sort());
  });

  test('a previous owner that does not know the group is no member that is away', async () => {
    const { cluster, early } = await warm(4);
    cluster.updateAll(cluster.nodes);
    for (const { groups } of early) (groups as Map<string, unknown>).delete('g');
    const key = KEYS.find((each) => cluster.ownerOf(each) === 3)!;
    await cluster.group('g', 3).get(key);
    expect(cluster.nodes[3]!.peers.breakers.suspects()).toEqual([]);
  });

  test('is asked about for handoffMs, and no longer', async () => {
    const { cluster, origin } = await warm(4, { handoffMs: 1000 });
    cluster.updateAll(cluster.nodes);
    await cluster.clock.advance(1000);
    await askAll(cluster, 0);
    expect(origin.loads.length).toBeGreaterThan(150);
  });

  test('hands the version and the life of an entry over with its value', async () => {
    const { cluster, early, late } = await warm(4);
    const joined = [...early, late];
    const key = KEYS.find((key) => ringOf(cluster, joined).owner(key).id === late.member.id)!;
    const { version } = await cluster.group('g', 0).write({ op: 'set', key, value: Buffer.from('v'), ttlMs: 50_000 });
    cluster.updateAll(cluster.nodes);
    const answer = await cluster.group('g', 0).get(key);
    expect(answer).toMatchObject({ version, source: 'main' });
    expect(answer.ttlMs).toBeLessThanOrEqual(50_000);
  });

  test('never brings back a value that was overwritten while another member owned the key', async () => {
    const { cluster, early, late } = await warm(4);
    const key = KEYS.find((key) => ringOf(cluster, cluster.nodes).owner(key).id === late.member.id)!;
    const before = early.find((node) => node.member.id === early[0]!.peers.ring.owner(key).id)!;
    cluster.updateAll(cluster.nodes);
    // The owner before is cut off and does not hear of the write; then the ring is as it was.
    cluster.network.cut(late.member.grpc, before.member.grpc);
    const write = cluster.group('g', 3).write({ op: 'set', key, value: Buffer.from('new') });
    await cluster.clock.advance(2000);
    expect(await write).toMatchObject({ applied: 'partial', missing: [before.member.id] });
    cluster.network.heal();
    for (const node of early) node.peers.update(early.map(({ member }) => member));
    const answer = await before.groups.get('g')!.get(key);
    expect(answer.servedBy).toBe(late.member.id); // handed back by the member that knows
    expect(Buffer.from(answer.value).toString()).toBe('new');
  });

  test('asks the origin once for a key that is written while its previous owner is asked', async () => {
    const { cluster, origin, late } = await warm(4);
    cluster.updateAll(cluster.nodes);
    const ring = Ring.of(
      cluster.nodes.map(({ member }) => member),
      { replicas: 64 },
    );
    const key = KEYS.find((each) => ring.owner(each).id === late.member.id)!;
    cluster.network.delayMs = [50, 50];
    const index = cluster.nodes.indexOf(late);
    const before = cluster.group('g', index).get(key);
    await cluster.clock.advance(10);
    cluster.network.delayMs = [0, 0];
    await cluster.group('g', index).write({ op: 'delete', key });
    const after = cluster.group('g', index).get(key);
    await cluster.clock.advance(200);
    await Promise.all([before, after]);
    expect(origin.loads).toEqual([key]);
  });

  test('does not ask a previous owner for a key that was written since: that one may not have heard of it', async () => {
    const { cluster, origin, early, late } = await warm(4);
    const key = KEYS.find((key) => ringOf(cluster, cluster.nodes).owner(key).id === late.member.id)!;
    const before = early.find((node) => node.member.id === early[0]!.peers.ring.owner(key).id)!;
    cluster.updateAll(cluster.nodes);
    cluster.network.cut(late.member.grpc, before.member.grpc);
    const write = cluster.group('g', 3).write({ op: 'delete', key });
    await cluster.clock.advance(2000);
    await write;
    cluster.network.heal();
    expect((await cluster.group('g', 3).get(key)).source).toBe('load');
    expect(origin.loads).toEqual([key]);
  });
});

describe('a member that does not answer', () => {
  test('costs gets their wait until its breaker opens, and nothing after', async () => {
    const { cluster } = await warm(4);
    const stay = cluster.nodes.slice(0, 3);
    const away = stay[1]!;
    cluster.network.partition(stay[0]!.member.grpc, away.member.grpc);
    const theirs = KEYS.filter((key) => stay[0]!.peers.ring.owner(key).id === away.member.id);
    const first = cluster.group('g', 0).get(theirs[0]!);
    await cluster.clock.advance(2500);
    await first;
    const { calls } = cluster.network;
    const startedAt = cluster.clock.now();
    for (const key of theirs.slice(1, 50)) await cluster.group('g', 0).get(key);
    expect(cluster.clock.now()).toBe(startedAt);
    expect(cluster.network.calls - calls).toBeLessThanOrEqual(49); // at most one each, to the successor
    expect(stay[0]!.peers.breakers.isOpen(away.member.id)).toBe(true);
  });

  test('is not taken out by a caller that gives up', async () => {
    const { cluster } = await warm(3);
    const stay = cluster.nodes.slice(0, 2);
    const key = KEYS.find((key) => stay[0]!.peers.ring.owner(key).id === stay[1]!.member.id)!;
    await cluster
      .group('g', 0)
      .get(key, { signal: AbortSignal.abort() })
      .catch(() => {});
    await cluster.clock.advance(10);
    expect(stay[0]!.peers.breakers.isOpen(stay[1]!.member.id)).toBe(false);
  });
});

function ringOf(cluster: TestCluster, nodes: readonly TestNode[]): Ring<Member> {
  const { dialect, replicas } = cluster.nodes[0]!.peers.ring;
  return Ring.of(
    nodes.map(({ member }) => member),
    { dialect, replicas },
  );
}
