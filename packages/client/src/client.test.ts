import { afterEach, describe, expect, test } from '@jest/globals';
import { type Answer, CacheError, type CallOptions, type Member } from '@ringcache/cache-core';
import { settled, TestCluster } from '@ringcache/cache-core/testing';
import { staticDiscovery } from '@ringcache/discovery';

import { BALANCINGS, type Balancing } from './balancing.js';
import { Client, type ClientOptions } from './client.js';
import { RingNews } from './ring-news.js';
import { fromDiscovery, fromNodes } from './sources.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Three nodes on the memory network, and a client of them. */
function setUp(
  options: Partial<ClientOptions> = {},
  groups: ConstructorParameters<typeof TestCluster>[0]['groups'] = { g: { load: async (key) => Buffer.from(key) } },
) {
  const cluster = new TestCluster({ size: 3, groups, handoffMs: 0 });
  const discovery = staticDiscovery(cluster.nodes.map((node) => node.member));
  const client = new Client({
    source: fromDiscovery(discovery),
    connect: cluster.network.connect('client'),
    clock: cluster.clock,
    replicas: 64,
    ...options,
  });
  cleanups.push(
    () => cluster.close(),
    () => discovery.close(),
    () => client.close(),
  );
  return { cluster, client, discovery };
}

function text(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

describe('a client', () => {
  test.each(BALANCINGS.map((balancing) => [balancing]))(
    'with %s balancing gets, sets and deletes',
    async (balancing: Balancing) => {
      const { client } = setUp({ balancing });
      expect(text((await client.get('g', 'k')).value)).toBe('k');
      await client.set('g', 'k', Buffer.from('new'));
      expect(text((await client.get('g', 'k')).value)).toBe('new');
      await client.delete('g', 'k');
      expect(text((await client.get('g', 'k')).value)).toBe('k');
    },
  );

  test('that knows the owner needs one hop: no member asks another', async () => {
    const { client, cluster } = setUp();
    for (let i = 0; i < 50; i++) await client.get('g', `k${i}`);
    expect(cluster.network.calls).toBe(50);
    expect(cluster.nodes.map((node) => node.groups.get('g')!.stats().fetches)).toEqual([0, 0, 0]);
  });

  test('asks every member in turn with round-robin', async () => {
    const { client, cluster } = setUp({ balancing: 'round-robin' });
    await client.ready();
    for (let i = 0; i < 30; i++) await client.get('g', 'k');
    expect(cluster.nodes.map((node) => node.groups.get('g')!.stats().gets)).toEqual([10, 10, 10]);
  });

  test('asks the member with the fewest calls in flight with least-loaded', async () => {
    const { client, cluster } = setUp({ balancing: 'least-loaded' }, { g: { load: () => new Promise(() => {}) } });
    await client.ready();
    const calls = Array.from({ length: 30 }, (_, i) => client.get('g', `k${i}`).catch(() => {}));
    await settled();
    expect(cluster.nodes.map((node) => node.groups.get('g')!.stats().gets)).toEqual([10, 10, 10]);
    await cluster.clock.advance(10_000);
    await Promise.all(calls);
  });

  test('asks another member when one is away, then asks that one last', async () => {
    const { client, cluster } = setUp();
    const key = cluster.keyOwnedBy(1);
    cluster.nodes[1]!.kill();
    expect(text((await client.get('g', key)).value)).toBe(key);
    const { calls } = cluster.network;
    await client.get('g', key);
    // One call of the client to the successor; the successor knows a copy, and asks nobody.
    expect(cluster.network.calls - calls).toBe(1);
  });

  test('does not repeat a set that may have happened', async () => {
    const { client, cluster } = setUp();
    const key = cluster.keyOwnedBy(1);
    cluster.nodes[1]!.kill();
    await expect(client.set('g', key, Buffer.from('v'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('takes an error for an answer: it asks nobody else', async () => {
    const { client, cluster } = setUp({}, { g: { load: async () => undefined } });
    await expect(client.get('g', 'k')).rejects.toMatchObject({ code: 'not_found' });
    expect(cluster.network.calls).toBe(1);
  });

  test('ends every call by its timeout, whatever its members do', async () => {
    const { client, cluster } = setUp({ timeoutMs: 1000 });
    for (const node of cluster.nodes) cluster.network.partition('client', node.member.grpc);
    const outcome = expect(client.get('g', 'k')).rejects.toMatchObject({ code: 'deadline' });
    await cluster.clock.advance(1000);
    await outcome;
  });

  test('gives up when its caller does', async () => {
    const { client, cluster } = setUp({}, { g: { load: () => new Promise(() => {}) } });
    const controller = new AbortController();
    const outcome = expect(client.get('g', 'k', { signal: controller.signal })).rejects.toMatchObject({
      code: 'deadline',
    });
    await settled();
    controller.abort();
    await outcome;
    expect(cluster.network.calls).toBe(1);
    await cluster.clock.advance(10_000);
  });

  test('answers many keys, an error among them, in their order', async () => {
    const { client } = setUp({}, { g: { load: async (key) => (key === 'none' ? undefined : Buffer.from(key)) } });
    const results = await client.getMany('g', ['a', 'none', 'b']);
    expect(results.map((result) => ('code' in result ? result.code : text(result.value)))).toEqual([
      'a',
      'not_found',
      'b',
    ]);
  });

  test('deletes many keys, an error among them, in their order', async () => {
    const { client } = setUp();
    await client.set('g', 'a', Buffer.from('written'));
    const results = await client.deleteMany('g', ['a', '', 'b']);
    expect(results.map((result) => ('code' in result ? result.code : result.applied))).toEqual([
      'all',
      'invalid_argument',
      'all',
    ]);
    expect(text((await client.get('g', 'a')).value)).toBe('a');
  });

  test('clears a group on every member, whichever is asked', async () => {
    const { client, cluster } = setUp({ balancing: 'round-robin' });
    await client.get('g', 'k');
    expect(await client.clear('g')).toMatchObject({ applied: 'all' });
    expect(cluster.nodes.map((node) => node.groups.get('g')!.held('k'))).toEqual(cluster.nodes.map(() => undefined));
  });

  test('without members waits for some, and says so when none come', async () => {
    const { client, cluster } = setUp({ source: async function* () {}, timeoutMs: 500 });
    const outcome = expect(client.get('g', 'k')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/no members/),
    });
    await cluster.clock.advance(500);
    await outcome;
  });

  test('follows the list: a new member is asked, a member that left is not, one that moved is asked where it is now', async () => {
    const { client, cluster, discovery } = setUp({ balancing: 'round-robin' });
    const [a, b] = cluster.nodes.map((node) => node.member) as [Member, Member];
    discovery.update([a]);
    await settled();
    expect(client.members.map((member) => member.id)).toEqual([a.id]);
    for (let i = 0; i < 4; i++) await client.get('g', 'k');
    expect(cluster.nodes.map((node) => node.groups.get('g')!.stats().gets)).toEqual([4, 0, 0]);
    discovery.update([{ ...a, grpc: b.grpc }]);
    await settled();
    await client.get('g', 'k');
    expect(cluster.nodes.map((node) => node.groups.get('g')!.stats().gets)).toEqual([4, 1, 0]);
  });

  test('goes on with the ring that it has when a list makes none, and takes the next', async () => {
    const errors: string[] = [];
    const onError = ({ message }: CacheError) => errors.push(message);
    const lists: Member[][] = [];
    async function* source() {
      await settled();
      for (const members of lists) yield { members };
    }
    const { client, cluster } = setUp({ source, onError });
    const [a, b] = cluster.nodes.map((node) => node.member) as [Member, Member];
    lists.push([a], [b, b], [a, b]);
    await client.ready();
    await settled();
    expect(errors).toEqual([`member ${JSON.stringify(b.id)} is there twice`]);
    expect(client.members).toHaveLength(2);
  });

  test('gets its answer from a member that leaves the list meanwhile, and closes the connection then', async () => {
    const loads: (() => void)[] = [];
    const load = (key: string) => new Promise<Buffer>((resolve) => loads.push(() => resolve(Buffer.from(key))));
    const closed: string[] = [];
    const { client, cluster, discovery } = setUp(
      {
        connect: (member) => {
          const node = cluster.network.connect('client')(member);
          const close = async () => {
            closed.push(member.grpc);
            await node.close();
          };
          return Object.assign(Object.create(node), { close });
        },
      },
      { g: { load } },
    );
    const [a, b] = cluster.nodes.map((node) => node.member) as [Member, Member];
    discovery.update([a]); // the one that could be asked
    await settled();
    expect(client.members).toHaveLength(1);
    const asked = [client.get('g', 'k'), client.get('g', 'other')];
    await settled();
    discovery.update([b]);
    await settled();
    expect(closed).toEqual([]);
    loads[0]!();
    await expect(asked[0]).resolves.toMatchObject({ source: 'load' });
    expect(closed).toEqual([]); // another waits
    loads[1]!();
    await expect(asked[1]).resolves.toMatchObject({ source: 'load' });
    await settled();
    expect(closed).toEqual([a.grpc]);
  });

  test('ends calls to members that have left the list when it is closed', async () => {
    const { client, cluster, discovery } = setUp({}, { g: { load: () => new Promise(() => {}) } });
    const [a, b] = cluster.nodes.map((node) => node.member) as [Member, Member];
    discovery.update([a]);
    await settled();
    const outcome = expect(client.get('g', 'k')).rejects.toMatchObject({ code: 'unavailable' });
    await settled();
    discovery.update([b]);
    await settled();
    await client.close();
    await outcome;
    await cluster.clock.advance(10_000); // the load's own end
  });

  test('goes on with the members that it knew when the list is empty', async () => {
    const { client, discovery } = setUp();
    await client.get('g', 'k');
    discovery.update([]);
    await settled();
    expect(text((await client.get('g', 'k')).value)).toBe('k');
    expect(client.members).toHaveLength(3);
  });

  test('has a clear done by another member where one can not do it now', async () => {
    const { client, cluster } = setUp();
    await client.get('g', cluster.keyOwnedBy(1));
    for (const node of [cluster.nodes[1]!, cluster.nodes[0]!]) node.peers.update([]);
    await expect(client.clear('g')).resolves.toMatchObject({ applied: 'all' });
    cluster.nodes[2]!.peers.update([]);
    await expect(client.clear('g')).rejects.toMatchObject({ code: 'unavailable', answered: true });
  });

  /** A client of the cluster whose first get of the second node ends as `first` says; and the keys that this node was asked for. */
  function withFirstGet(cluster: TestCluster, first: (options: CallOptions) => Promise<Answer>) {
    const asked: string[] = [];
    const connect = cluster.network.connect('client');
    const client = new Client({
      source: fromDiscovery(staticDiscovery(cluster.nodes.map(({ member }) => member))),
      connect: (member) => {
        const real = connect(member);
        if (member.grpc !== cluster.nodes[1]!.member.grpc) return real;
        const get: typeof real.get = (...call) => (asked.push(call[1]) === 1 ? first(call[2]) : real.get(...call));
        return { ...real, get };
      },
      clock: cluster.clock,
      replicas: 64,
    });
    cleanups.push(() => client.close());
    return { client, asked };
  }

  test('waits for a slow key through a second member, and keeps the first, which has answered others', async () => {
    const { cluster } = setUp();
    const key = cluster.keyOwnedBy(1);
    const { client, asked } = withFirstGet(
      cluster,
      ({ timeoutMs }) =>
        new Promise((_, reject) => {
          cluster.clock.setTimeout(() => reject(new CacheError('deadline', 'slow', { answered: true })), timeoutMs!);
        }),
    );
    await client.ready();
    const slow = client.get('g', key);
    await cluster.clock.advance(2_500);
    expect(text((await slow).value)).toBe(key);
    expect(text((await client.get('g', key)).value)).toBe(key);
    expect(asked).toEqual([key, key]); // it is asked first again: it was not taken for one that is away
  });

  test('takes a member at its word that the origin was too slow', async () => {
    const { cluster } = setUp();
    const key = cluster.keyOwnedBy(1);
    const { client, asked } = withFirstGet(cluster, async () => {
      throw new CacheError('deadline', 'no answer within 1 ms', { answered: true });
    });
    await client.ready();
    await expect(client.get('g', key)).rejects.toMatchObject({ code: 'deadline' });
    expect(asked).toEqual([key]);
    expect(cluster.nodes.map((node) => node.groups.get('g')!.stats().gets)).toEqual([0, 0, 0]);
  });

  test('refuses calls once it is closed', async () => {
    const { client } = setUp();
    await client.get('g', 'k');
    await client.close();
    await expect(client.get('g', 'k')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a client that is told some nodes', () => {
  test('learns all members and how their ring hashes from one, and from another when that one is gone', async () => {
    const cluster = new TestCluster({
      size: 3,
      groups: { g: { load: async (key) => Buffer.from(key) } },
      dialect: 'ggcache',
      replicas: 50,
    });
    const connect = cluster.network.connect('client');
    const errors: string[] = [];
    const source = fromNodes({
      nodes: ['gone:1', 'node-1:9999'],
      connect,
      clock: cluster.clock,
      random: () => 0.9, // in the order given
      pollMs: 1000,
      onError: (error) => errors.push(error.message),
    });
    const client = new Client({ source, connect, clock: cluster.clock });
    cleanups.push(
      () => cluster.close(),
      () => client.close(),
    );
    await settled();
    expect(client.members.map((member) => member.id)).toEqual(['node-1', 'node-2', 'node-3']);
    expect(errors).toEqual(['gone:1 refuses connections']);
    for (let i = 0; i < 20; i++) await client.get('g', `k${i}`);
    expect(cluster.nodes.map((node) => node.groups.get('g')!.stats().fetches)).toEqual([0, 0, 0]); // the same ring
    cluster.nodes[0]!.kill();
    cluster.updateAll(cluster.nodes.slice(1));
    await cluster.clock.advance(1000);
    expect(client.members.map((member) => member.id)).toEqual(['node-2', 'node-3']);
  });

  test('asks over one connection again and again, and does nothing about a list that has not changed', async () => {
    const cluster = new TestCluster({ size: 3, groups: { g: {} } });
    const [connectTo, connected, { clock }] = [cluster.network.connect('client'), [] as string[], cluster];
    let asked = 0;
    const source = fromNodes({
      nodes: ['node-1:9999', 'node-2:9999', 'node-3:9999'],
      connect: (member) => {
        connected.push(member.grpc);
        const node = connectTo(member);
        return { ...node, members: (options) => node.members(options).finally(() => asked++) };
      },
      clock,
      random: () => 0,
      pollMs: 1_000,
      onError: () => {},
    });
    const client = new Client({ source, connect: connectTo, clock });
    cleanups.push(
      () => cluster.close(),
      () => client.close(),
    );
    await client.ready();
    const { members } = client;
    await clock.advance(10_000);
    expect([asked, connected]).toEqual([11, ['node-2:9999']]); // by chance, not always the first
    expect(client.members).toBe(members);
  });

  test('says soon that none of them answers, and finds those that come later', async () => {
    const cluster = new TestCluster({ size: 1, groups: { g: { load: async (key) => Buffer.from(key) } } });
    const connect = cluster.network.connect('client');
    const { member, groups, peers, kill } = cluster.nodes[0]!;
    kill();
    const { clock } = cluster;
    const nodes = ['away:1', member.grpc];
    const source = fromNodes({ nodes, connect, clock, random: () => 0.9, pollMs: 60_000, onError: () => {} });
    const client = new Client({ source, connect, clock });
    cleanups.push(
      () => cluster.close(),
      () => client.close(),
    );
    const message = 'no members are known: away:1 refuses connections; node-1:9999 refuses connections';
    await expect(client.get('g', 'k')).rejects.toMatchObject({ code: 'unavailable', message });
    const ready = client.ready(10_000); // waits on: they may be starting
    const never = expect(client.ready(2_000)).rejects.toMatchObject({ message });
    await clock.advance(2_000);
    await never;
    cluster.network.serve(member.grpc, { peers, groups });
    await clock.advance(1_000);
    await ready;
    expect(text((await client.get('g', 'k')).value)).toBe('k');
  });

  test('ends calls that wait for members when it is closed', async () => {
    const { client } = setUp({ source: async function* () {} });
    const outcome = expect(client.get('g', 'k')).rejects.toMatchObject({ message: 'the client is closed' });
    await client.close();
    await outcome;
    await expect(client.ready()).rejects.toMatchObject({ message: 'the client is closed' });
  });
});

describe('a client that is told some nodes, and hears of another ring', () => {
  test('asks the one that sees it for the members at once, and once', async () => {
    const cluster = new TestCluster({ size: 3, groups: { g: {} } });
    cleanups.push(() => cluster.close());
    const asked: string[] = [];
    const connectTo = cluster.network.connect('client');
    const connect: typeof connectTo = (member) => {
      const node = connectTo(member);
      return {
        ...node,
        members: (options) => {
          asked.push(member.grpc);
          return node.members(options);
        },
      };
    };
    const news = new RingNews();
    const { clock } = cluster;
    const source = fromNodes({
      nodes: ['node-1:9999'],
      connect,
      clock,
      random: Math.random,
      pollMs: 60_000,
      onError: () => {},
      news,
    });
    const client = new Client({ source, connect, clock });
    cleanups.push(() => client.close());
    await settled();
    news.heard('node-1:9999', cluster.nodes[0]!.peers.ring.fingerprint);
    await clock.advance(10_000);
    expect(asked).toEqual(['node-1:9999']);
    cluster.nodes[1]!.peers.update(cluster.nodes.slice(1).map(({ member }) => member));
    const { fingerprint } = cluster.nodes[1]!.peers.ring;
    for (let i = 0; i < 3; i++) news.heard('node-2:9999', fingerprint);
    await settled();
    expect(asked).toEqual(['node-1:9999', 'node-2:9999']);
    expect(client.members.map(({ id }) => id)).toEqual(['node-2', 'node-3']);
    await clock.advance(10_000);
    expect(asked).toHaveLength(2);
  });
});

describe('a member that did not answer', () => {
  test('is asked again once it may be back', async () => {
    const { client, cluster } = setUp();
    const key = cluster.keyOwnedBy(1);
    const { member, groups, peers } = cluster.nodes[1]!;
    cluster.nodes[1]!.kill();
    await client.get('g', key);
    cluster.network.serve(member.grpc, { peers, groups });
    await cluster.clock.advance(300);
    const before = groups.get('g')!.stats().gets;
    await client.get('g', key);
    expect(groups.get('g')!.stats().gets).toBe(before + 1);
  });
});
