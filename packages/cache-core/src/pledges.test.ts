import { afterEach, describe, expect, test } from '@jest/globals';

import type { Loader } from './contracts.js';
import { settled } from './testing/manual-clock.js';
import { TestCluster } from './testing/test-cluster.js';

const PLEDGE_MS = 2_000; // the defaults
const CUT_OFF_MS = 12_000;

const clusters: TestCluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
});

/** Nodes whose place in the list a test takes away; the loader tells how often it was asked, in the value. */
async function start({ size = 3, load = counting() }: { size?: number; load?: Loader } = {}) {
  const away = new Set<string>();
  const unshown = new Set<string>();
  const cluster = new TestCluster({
    size,
    handoffMs: 0,
    groups: { g: { load, hotAfterFetches: 1 }, kv: {} },
    listed: (id) => !away.has(id),
    shown: (id) => !unshown.has(id),
  });
  clusters.push(cluster);
  await cluster.clock.advance(0);
  return { cluster, away, unshown };
}

function counting(): Loader {
  let loads = 0;
  return () => Buffer.from(String(++loads));
}

async function read(cluster: TestCluster, node: number, key: string): Promise<string> {
  return Buffer.from((await cluster.group('g', node).get(key)).value).toString();
}

/** Cuts a node off from all others. */
function isolate(cluster: TestCluster, index: number): void {
  const { member } = cluster.nodes[index]!;
  for (const other of cluster.nodes)
    if (other.member !== member) cluster.network.partition(member.grpc, other.member.grpc);
}

describe('a member', () => {
  test('keeps nothing until every other member has given its word, and then does', async () => {
    const { cluster } = await start();
    const fresh = cluster.restart(1);
    cluster.network.partition(fresh.member.grpc, cluster.nodes[2]!.member.grpc);
    fresh.peers.update(cluster.nodes.map(({ member }) => member));
    const key = cluster.keyOwnedBy(1);
    await cluster.clock.advance(PLEDGE_MS);
    expect([await read(cluster, 1, key), await read(cluster, 1, key)]).toEqual(['1', '2']);
    cluster.network.heal();
    await cluster.clock.advance(PLEDGE_MS);
    expect([await read(cluster, 1, key), await read(cluster, 1, key)]).toEqual(['3', '3']);
  });

  test('goes on with what it holds when the list is out of reach, as long as it hears from all others', async () => {
    const { cluster, away } = await start();
    const key = cluster.keyOwnedBy(0);
    await read(cluster, 0, key);
    for (const { member } of cluster.nodes) away.add(member.id);
    await cluster.clock.advance(10 * CUT_OFF_MS);
    expect(await read(cluster, 0, key)).toBe('1');
    await expect(cluster.group('g', 1).write({ op: 'delete', key })).resolves.toMatchObject({ applied: 'all' });
  });

  test('that is in the list goes on though another is silent, and drops what it holds after a time', async () => {
    const { cluster } = await start();
    const key = cluster.keyOwnedBy(0);
    await read(cluster, 0, key);
    isolate(cluster, 1);
    await cluster.clock.advance(PLEDGE_MS + CUT_OFF_MS - 1_000);
    expect(await read(cluster, 0, key)).toBe('1');
    await cluster.clock.advance(1_000);
    expect([await read(cluster, 0, key), await read(cluster, 0, key)]).toEqual(['2', '2']);
  });

  test('that may be out of the list and misses another drops what it holds, and keeps and writes nothing', async () => {
    const { cluster, away } = await start();
    const key = cluster.keyOwnedBy(0);
    await read(cluster, 0, key);
    away.add('node-1');
    isolate(cluster, 0);
    await cluster.clock.advance(PLEDGE_MS - 100);
    expect(await read(cluster, 0, key)).toBe('1');
    await cluster.clock.advance(100);
    expect([await read(cluster, 0, key), await read(cluster, 0, key)]).toEqual(['2', '3']);
    expect(cluster.group('g').held(key)).toBeUndefined();
    await expect(cluster.group('g').write({ op: 'delete', key })).rejects.toMatchObject({ code: 'unavailable' });
    cluster.network.heal();
    away.clear();
    await cluster.clock.advance(PLEDGE_MS);
    expect([await read(cluster, 0, key), await read(cluster, 0, key)]).toEqual(['4', '4']);
  });

  test('that was cut off needs the word of all whom it knew, however long they are silent', async () => {
    const { cluster, away } = await start();
    const key = cluster.keyOwnedBy(0);
    const [cut, alone] = [cluster.nodes[0]!, [cluster.nodes[0]!.member]];
    away.add('node-1');
    isolate(cluster, 0);
    await cluster.clock.advance(PLEDGE_MS);
    cut.peers.update(alone); // an old list, of which nobody can say what it missed
    await cluster.clock.advance(10 * PLEDGE_MS);
    expect([await read(cluster, 0, key), await read(cluster, 0, key)]).toEqual(['1', '2']);
    cluster.network.heal();
    await cluster.clock.advance(PLEDGE_MS);
    expect([await read(cluster, 0, key), await read(cluster, 0, key)]).toEqual(['3', '3']);
    await cluster.group('g', 1).write({ op: 'delete', key });
    expect(await read(cluster, 0, key)).toBe('4');
  });

  test('that comes back to a list that shows its place needs the word of those in it', async () => {
    const { cluster, away, unshown } = await start();
    const key = cluster.keyOwnedBy(0);
    const cut = cluster.nodes[0]!;
    isolate(cluster, 0);
    cut.peers.pledges.reset(); // its place was lost
    unshown.add('node-1');
    away.clear();
    cut.peers.update([cut.member]); // the others have gone, says a list that may have missed who came
    await cluster.clock.advance(PLEDGE_MS * 3);
    expect([await read(cluster, 0, key), await read(cluster, 0, key)]).toEqual(['1', '2']);
    unshown.clear();
    await cluster.clock.advance(PLEDGE_MS);
    expect([await read(cluster, 0, key), await read(cluster, 0, key)]).toEqual(['3', '3']);
  });

  test('that stood still for too long drops what it holds before it answers again', async () => {
    const { cluster, away } = await start({ size: 2 });
    const key = cluster.keyOwnedBy(0);
    await read(cluster, 0, key);
    away.add('node-1');
    isolate(cluster, 0);
    cluster.clock.jump(PLEDGE_MS); // no timer has fired yet
    expect(await read(cluster, 0, key)).toBe('2');
  });

  test('that was cut off shares no load with who comes later, and asks the origin for one key once at a time', async () => {
    const pending: ((value: Uint8Array) => void)[] = [];
    const load: Loader = () => new Promise((resolve) => pending.push(resolve));
    const { cluster, away } = await start({ size: 2, load });
    const key = cluster.keyOwnedBy(0);
    away.add('node-1');
    isolate(cluster, 0);
    await cluster.clock.advance(PLEDGE_MS);
    const gets = [read(cluster, 0, key), read(cluster, 0, key), read(cluster, 0, key)];
    await settled();
    expect(pending).toHaveLength(1);
    pending[0]!(Buffer.from('old'));
    await settled();
    expect(pending).toHaveLength(2);
    pending[1]!(Buffer.from('new'));
    expect(await Promise.all(gets)).toEqual(['old', 'new', 'new']);
  });
});

describe('a member that goes silent', () => {
  test('costs gets that wait for it less than two seconds, not half of their time', async () => {
    const { cluster } = await start();
    cluster.network.pause(cluster.nodes[1]!.member.grpc); // takes everything, and answers nothing
    const startedAt = cluster.clock.now();
    let answeredAt = Number.POSITIVE_INFINITY;
    const waiting = read(cluster, 0, cluster.keyOwnedBy(1)).then(() => {
      answeredAt = cluster.clock.now();
    });
    for (let ms = 0; ms < 2_000; ms += 50) await cluster.clock.advance(50);
    await waiting;
    expect(answeredAt - startedAt).toBeLessThan(2_000);
    expect(cluster.nodes[0]!.peers.breakers.size).toBe(1);
  });

  test('is asked again as soon as it has given its word, though nobody has wanted a key of it', async () => {
    const { cluster } = await start();
    const { peers } = cluster.nodes[0]!;
    const { member } = cluster.nodes[1]!;
    cluster.network.partition(peers.self.grpc, member.grpc);
    await cluster.clock.advance(CUT_OFF_MS);
    expect(peers.breakers.isOpen(member.id)).toBe(true);
    cluster.network.heal();
    await cluster.clock.advance(PLEDGE_MS / 2);
    expect(peers.breakers.size).toBe(0);
  });
});

describe('a write', () => {
  test('of delete is done by another where the owner leaves, and the owner is told; of set fails', async () => {
    const { cluster } = await start();
    const key = cluster.keyOwnedBy(1);
    expect(await read(cluster, 2, key)).toBe('1');
    cluster.nodes[1]!.peers.pledges.retire();
    await expect(cluster.group('g', 0).write({ op: 'delete', key })).resolves.toMatchObject({ applied: 'all' });
    expect([await read(cluster, 1, key), await read(cluster, 2, key)]).toEqual(['2', '2']);
    const set = { op: 'set', key, value: Buffer.from('v') } as const;
    await expect(cluster.group('kv', 0).write(set)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('is told to a member that its owner does not see in the ring', async () => {
    const { cluster } = await start();
    const key = cluster.keyOwnedBy(0);
    const [first, second, late] = cluster.nodes.map(({ member }) => member);
    for (const node of cluster.nodes.slice(0, 2)) node.peers.update([first!, second!]);
    await cluster.clock.advance(PLEDGE_MS);
    await read(cluster, 2, key);
    expect(cluster.group('g', 2).held(key)).toBeDefined();
    const { owner } = { owner: cluster.nodes[0]! };
    expect(owner.peers.ring.has(late!.id)).toBe(false);
    expect(await cluster.group('g').own({ op: 'delete', key })).toMatchObject({ applied: 'all' });
    expect(cluster.group('g', 2).held(key)).toBeUndefined();
  });

  test('that a member missed is told it again as soon as it shows itself, and it gets no pledge before', async () => {
    const { cluster } = await start();
    const key = cluster.keyOwnedBy(0);
    await read(cluster, 1, key);
    const [from, to] = [cluster.nodes[0]!.member.grpc, cluster.nodes[1]!.member.grpc];
    cluster.network.cut(from, to);
    const writing = cluster.group('g').own({ op: 'delete', key });
    await cluster.clock.advance(PLEDGE_MS);
    const staleForMs = PLEDGE_MS + CUT_OFF_MS + 10_000;
    expect(await writing).toMatchObject({ applied: 'partial', missing: ['node-2'], staleForMs });
    expect(cluster.group('g', 1).held(key)).toBeDefined();
    cluster.network.heal();
    await cluster.clock.advance(PLEDGE_MS / 2);
    expect(cluster.group('g', 1).held(key)).toBeUndefined();
    expect(await cluster.group('g').own({ op: 'delete', key })).toMatchObject({ applied: 'all' });
  });

  test('of a member that may be out of the list has no bound where somebody misses it', async () => {
    const { cluster, away } = await start();
    for (const { member } of cluster.nodes) away.add(member.id);
    await cluster.clock.advance(2 * PLEDGE_MS); // until nobody has been told that anybody is in the list
    cluster.network.cut(cluster.nodes[0]!.member.grpc, cluster.nodes[1]!.member.grpc);
    const writing = cluster.group('g').own({ op: 'delete', key: 'k' });
    await cluster.clock.advance(PLEDGE_MS);
    expect(await writing).toMatchObject({ applied: 'partial', staleForMs: Number.MAX_SAFE_INTEGER });
  });

  test('by a member that alone is out of the list is refused: its ring is old', async () => {
    const { cluster, away } = await start();
    away.add('node-1');
    await cluster.clock.advance(PLEDGE_MS);
    const key = cluster.keyOwnedBy(0);
    await expect(cluster.group('g').own({ op: 'delete', key })).rejects.toMatchObject({ code: 'unavailable' });
    expect([await read(cluster, 0, key), await read(cluster, 0, key)]).toEqual(['1', '1']);
  });
});

describe('members', () => {
  test('are introduced by the third that both know', async () => {
    const { cluster } = await start();
    const [first, second, third] = cluster.nodes;
    // The first and the third each know only the second.
    first!.peers.update([first!.member, second!.member]);
    third!.peers.update([second!.member, third!.member]);
    await cluster.clock.advance(3 * PLEDGE_MS);
    expect(
      first!.peers
        .told()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['node-2', 'node-3']);
    expect(
      third!.peers
        .told()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['node-1', 'node-2']);
  });

  test('do without the word of one that leaves, and go on telling it', async () => {
    const { cluster } = await start();
    const key = cluster.keyOwnedBy(0);
    await read(cluster, 0, key);
    const [first, second, third] = cluster.nodes;
    for (const node of [first!, second!]) node.peers.update([first!.member, second!.member]);
    third!.peers.pledges.retire();
    await cluster.clock.advance(PLEDGE_MS);
    expect(first!.peers.told().map(({ id }) => id)).toContain('node-3');
    await expect(cluster.group('g', 2).own({ op: 'delete', key: 'k' })).rejects.toMatchObject({ code: 'unavailable' });
    isolate(cluster, 2);
    await cluster.clock.advance(10 * CUT_OFF_MS);
    expect(await read(cluster, 0, key)).toBe('1');
    expect(first!.peers.told().map(({ id }) => id)).not.toContain('node-3');
  });
});
