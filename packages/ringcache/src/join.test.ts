import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CacheError, type GroupEvent, type Member, type RingView, systemClock } from '@ringcache/cache-core';
import { ManualClock } from '@ringcache/cache-core/testing';
import { type ListDiscovery, type RegistrationEvent, staticDiscovery, storeDiscovery } from '@ringcache/discovery';
import { MemoryEtcd } from '@ringcache/discovery/testing';

import { bytes, json, utf8 } from './codec.js';
import { type GroupSpecs, type GroupsOf, type JoinOptions, join } from './join.js';
import type { Node } from './node.js';
import { withTtl } from './typed-group.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started<S extends GroupSpecs>(options: JoinOptions<S>): Promise<Node<GroupsOf<S>>> {
  const node = await join(options);
  cleanups.push(() => node.leave());
  return node;
}

/** Three members that know each other, over real sockets. */
async function three<S extends GroupSpecs>(options: JoinOptions<S>): Promise<Node<GroupsOf<S>>[]> {
  const discoveries = Array.from({ length: 3 }, () => staticDiscovery([]));
  cleanups.push(() => Promise.all(discoveries.map((discovery) => discovery.close())));
  const nodes: Node<GroupsOf<S>>[] = [];
  for (const discovery of discoveries) {
    nodes.push(
      await started({
        grpc: '127.0.0.1:0',
        http: '127.0.0.1:0',
        ...options,
        discovery,
        joinTimeoutMs: 1,
        leaveTimeoutMs: 50,
        handoffMs: 50,
      }),
    );
  }
  for (const discovery of discoveries) discovery.update(nodes.map((node) => node.member));
  await until(() => nodes.every((node) => node.ring.members.length === 3 && node.isActing));
  return nodes;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe.each([['grpc'], ['http']] as const)('three members that speak %s', (peerTransport) => {
  test('load a key once, whoever is asked, and agree after a write', async () => {
    let loads = 0;
    const nodes = await three({
      peerTransport,
      groups: { g: { codec: utf8, load: async (key) => `${key} ${++loads}`, hotAfterFetches: 1 } },
    });
    const values = await Promise.all(Array.from({ length: 300 }, (_, i) => nodes[i % 3]!.groups.g.get('k')));
    expect(new Set(values)).toEqual(new Set(['k 1']));
    expect((await nodes[0]!.groups.g.set('k', 'written')).applied).toBe('all');
    for (const node of nodes) expect(await node.groups.g.get('k')).toBe('written');
    await nodes[1]!.groups.g.delete('k');
    for (const node of nodes) expect(await node.groups.g.get('k')).toBe('k 2');
  });

  test('make up for one that is gone', async () => {
    const nodes = await three({ peerTransport, groups: { g: { codec: utf8, load: async (key) => key } } });
    await nodes[2]!.leave();
    for (let i = 0; i < 30; i++) expect(await nodes[i % 2]!.groups.g.get(`k${i}`)).toBe(`k${i}`);
  });
});

describe('join', () => {
  test('gives each group the type of its codec', async () => {
    const node = await started({
      grpc: '127.0.0.1:0',
      groups: {
        raw: { codec: bytes, load: async (key) => Buffer.from(key) },
        text: { codec: utf8 },
        parsed: { codec: json<{ score: number }>(), load: () => withTtl({ score: 100 }, 60_000) },
      },
    });
    const raw: Uint8Array = await node.groups.raw.get('k');
    expect(Buffer.from(raw).toString()).toBe('k');
    await node.groups.text.set('k', '张三', { ttlMs: 1_000 });
    const text: string | undefined = node.groups.text.peek('k');
    expect(text).toBe('张三');
    const { value, ttlMs, servedBy } = await node.groups.parsed.ask('k');
    expect(value.score).toBe(100);
    expect(ttlMs).toBeLessThanOrEqual(60_000);
    expect(servedBy).toBe(node.member.id);
    expect(await node.groups.parsed.getMany(['a', ''])).toEqual([{ score: 100 }, expect.any(CacheError)]);
    expect(await node.groups.parsed.deleteMany(['a'])).toEqual([expect.objectContaining({ applied: 'all' })]);
    expect(node.groups.parsed.peek('a')).toBeUndefined();
    expect(node.groups.parsed.stats()).toMatchObject({ group: 'parsed', gets: 2 });
  });

  test('a value that the codec cannot read or write is a typed error', async () => {
    const node = await started({
      grpc: '127.0.0.1:0',
      groups: { g: { codec: json<unknown>() }, raw: { codec: bytes } },
    });
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    await expect(node.groups.g.set('k', cyclic)).rejects.toMatchObject({ code: 'invalid_argument' });
    await node.core.groups.get('g')!.write({ op: 'set', key: 'k', value: Buffer.from('{') });
    await expect(node.groups.g.get('k')).rejects.toMatchObject({ code: 'internal' });
    expect(await node.groups.g.getMany(['k'])).toEqual([expect.objectContaining({ code: 'internal' })]);
  });

  test('takes its id and addresses from the ports that it got', async () => {
    const node = await started({ grpc: 'localhost:0', http: 'localhost:0', groups: {} });
    expect(node.member.grpc).toMatch(/^localhost:[1-9]\d*$/);
    expect(node.member.http).toMatch(/^localhost:[1-9]\d*$/);
    expect(node.member.id).toBe(node.member.grpc);
    expect(node.ring.members).toEqual([node.member]);
    expect(node.isReady).toBe(true);
  });

  test('listens where it is told, and is known where it is reached', async () => {
    const node = await started({ grpc: 'cache.example:9999', listen: { grpc: '127.0.0.1:0' }, groups: {} });
    expect(node.member).toMatchObject({ id: 'cache.example:9999', grpc: 'cache.example:9999', http: '' });
  });

  test('an address that is taken fails the start, and leaves nothing open', async () => {
    const first = await started({ grpc: '127.0.0.1:0', http: '127.0.0.1:0', groups: {} });
    const grpc = '127.0.0.1:0';
    await expect(join({ grpc, http: first.member.http, groups: {} })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(join({ grpc: first.member.grpc, groups: {} })).rejects.toThrow();
  });

  test('an address that nobody can dial is refused, with what to give in its place', async () => {
    for (const address of ['0.0.0.0:7001', '[::]:7001']) {
      for (const field of ['grpc', 'http']) {
        await expect(join({ [field]: address, groups: {} })).rejects.toMatchObject({
          code: 'invalid_argument',
          message: expect.stringContaining(`listen: { ${field}: '${address}' }`),
        });
      }
    }
  });

  test('a start that fails in its second group stops what the first one started', async () => {
    const clock = new ManualClock();
    const groups = { good: { codec: utf8 }, bad: { codec: utf8, maxBytes: 1 } };
    await expect(join({ grpc: '127.0.0.1:0', groups, clock })).rejects.toThrow(/maxBytes must be/);
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['a limit that is none', { g: { codec: utf8, maxBytes: 1 } }, /maxBytes must be/],
    ['an empty group name', { '': { codec: utf8 } }, /group must not be empty/],
  ])('%s fails the start', async (_, groups, message) => {
    await expect(join({ grpc: '127.0.0.1:0', groups: groups as GroupSpecs })).rejects.toThrow(message);
  });

  test('resolves when its time is up although discovery is away, answers all the same, and is not ready', async () => {
    const away: ListDiscovery = {
      watch: async function* (signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        yield* [];
      },
      register: (_, options) =>
        new Promise((_resolve, reject) =>
          options!.signal!.addEventListener('abort', () => reject(new Error('stopped'))),
        ),
      close: async () => {},
    };
    const node = await started({
      grpc: '127.0.0.1:0',
      groups: { g: { codec: utf8, load: async (key) => key } },
      discovery: away,
      joinTimeoutMs: 50,
    });
    expect(node.isReady).toBe(false);
    expect(await node.groups.g.get('k')).toBe('k');
  });

  test('can be given up, and has stopped its servers then', async () => {
    const stuck: ListDiscovery = {
      watch: async function* () {},
      register: (_, options) =>
        new Promise((_resolve, reject) =>
          options!.signal!.addEventListener('abort', () => reject(new Error('stopped'))),
        ),
      close: async () => {},
    };
    let port = '';
    const controller = new AbortController();
    const starting = join({
      http: '127.0.0.1:0',
      groups: {},
      discovery: {
        ...stuck,
        register: (member, options) => {
          port = member.http;
          controller.abort();
          return stuck.register(member, options);
        },
      },
      signal: controller.signal,
    });
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(reached(port)).resolves.toBe(false);
  });

  test('a member whose id another process takes serves nothing that it holds, and says so', async () => {
    const etcd = new MemoryEtcd(systemClock);
    const discovery = () => {
      const opened = storeDiscovery(etcd.store(), { cluster: 'test' });
      cleanups.push(() => opened.close());
      return opened;
    };
    const told: string[] = [];
    const settings = { id: 'same', grpc: '127.0.0.1:0', groups: { g: { codec: utf8 } }, firstViewAfterMs: 0 };
    const onRegistration = (event: RegistrationEvent) =>
      told.push(event.kind === 'lost' ? `lost: ${event.reason}` : event.kind);
    const first = await started({ ...settings, discovery: discovery(), onRegistration });
    await first.groups.g.set('k', 'v');
    expect(first.groups.g.peek('k')).toBe('v');
    const second = await started({ ...settings, discovery: discovery(), joinTimeoutMs: 60_000 });
    expect(second.isReady).toBe(true);
    await until(() => told.includes('lost: overwritten'));
    expect(first.groups.g.peek('k')).toBeUndefined();
    await expect(first.groups.g.get('k')).rejects.toMatchObject({
      code: expect.stringMatching(/unavailable|not_found/),
    });
  });

  test('a member of another cluster than its discovery is refused', async () => {
    const discovery = storeDiscovery(new MemoryEtcd(systemClock).store(), { cluster: 'prod' });
    cleanups.push(() => discovery.close());
    await expect(join({ grpc: '127.0.0.1:0', groups: {}, discovery, cluster: 'staging' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/cluster staging.*of prod/),
    });
  });

  test('a list of which no ring can be made is reported each time; the ring stays, and the next list is taken', async () => {
    const lists: Member[][] = [];
    let wake = () => {};
    const discovery: ListDiscovery = {
      ...staticDiscovery([]),
      register: async () => ({ registered: () => true, leave: async () => {} }),
      close: async () => {},
      async *watch(signal) {
        signal.addEventListener('abort', () => wake());
        while (!signal.aborted) {
          const members = lists.shift();
          if (members !== undefined) yield { members, stale: false };
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      },
    };
    const errors: string[] = [];
    const onError = ({ message }: CacheError) => errors.push(message);
    const options = { grpc: '127.0.0.1:0', groups: { g: { codec: utf8 } }, replicas: 8, joinTimeoutMs: 1 };
    const node = await started({ ...options, discovery, onError });
    const other = { ...node.member, id: 'other' };
    lists.push([node.member, other], [other, other], [other, other]);
    wake();
    await until(() => errors.length === 2);
    expect(errors[0]).toMatch(/"other" is there twice/);
    expect(errors[1]).toBe(errors[0]);
    expect(node.ring.members).toHaveLength(2);
    lists.push([node.member]);
    wake();
    await until(() => node.ring.members.length === 1);
  });

  test('callbacks that throw end nothing and fail nothing, and are told of', async () => {
    const errors: string[] = [];
    const oops = (): never => {
      throw new Error('oops');
    };
    const self = { id: 'self', grpc: '127.0.0.1:1', http: '', weight: 1 };
    const discovery = staticDiscovery([self]);
    cleanups.push(() => discovery.close());
    const node = await started({
      id: 'self',
      grpc: '127.0.0.1:0',
      groups: { g: { codec: utf8, load: async (key) => key } },
      discovery,
      onRing: () => oops(),
      onRegistration: () => oops(),
      observe: () => oops(),
      onError: ({ message }) => errors.push(message),
    });
    for (const members of [[self, { ...self, id: 'other', grpc: '127.0.0.1:2' }], [self]]) {
      discovery.update(members);
      await until(() => node.ring.members.length === members.length);
    }
    expect(await node.groups.g.get('k')).toBe('k');
    expect(new Set(errors)).toEqual(
      new Set(['onRing', 'onRegistration', 'observe'].map((name) => `the callback ${name} threw: oops`)),
    );
  });

  test('tells of rings and of each step of a request', async () => {
    const rings: RingView[] = [];
    const events: GroupEvent[] = [];
    const node = await started({
      grpc: '127.0.0.1:0',
      groups: { g: { codec: utf8, load: async (key) => key } },
      onRing: (view) => rings.push(view),
      observe: (event) => events.push(event),
    });
    await node.groups.g.get('k', { requestId: 'r' });
    expect(rings.at(-1)!.members).toEqual([node.member]);
    expect(events.map((event) => event.step)).toEqual(['received', 'pick', 'loaded', 'stored']);
  });
});

describe('leave', () => {
  test('finishes the calls in flight, stops the servers, and can be called again', async () => {
    const nodes = await three({ groups: { g: { codec: utf8, load: async (key) => key } } });
    const calls = Array.from({ length: 50 }, (_, i) => nodes[0]!.groups.g.get(`k${i}`));
    const [, ...values] = await Promise.all([nodes[1]!.leave(), ...calls]);
    expect(values).toEqual(Array.from({ length: 50 }, (_, i) => `k${i}`));
    await nodes[1]!.leave();
    await expect(reached(nodes[1]!.member.grpc)).resolves.toBe(false);
    await expect(reached(nodes[1]!.member.http)).resolves.toBe(false);
    expect(nodes[1]!.isReady).toBe(false);
  });

  test('with all the others, waits for none of them', async () => {
    const forEver = { leaveTimeoutMs: 600_000, handoffMs: 600_000 };
    const ids = ['a', 'b'];
    const discoveries = ids.map(() => staticDiscovery([]));
    const groups = { g: { codec: utf8, load: async (key: string) => key } };
    const begin = (discovery: ListDiscovery, i: number) =>
      started({ id: ids[i], grpc: '127.0.0.1:0', groups, discovery, joinTimeoutMs: 1, ...forEver });
    const nodes = await Promise.all(discoveries.map(begin));
    for (const discovery of discoveries) discovery.update(nodes.map((node) => node.member));
    await until(() => nodes.every((node) => node.ring.members.length === 2 && node.isActing));
    for (let i = 0; i < 20; i++) await nodes[0]!.groups.g.get(`k${i}`);
    expect(nodes.every((node) => node.core.groups.get('g')!.stats().entries > 0)).toBe(true);
    await Promise.all(nodes.map((node) => node.leave({ together: ids })));
    for (const discovery of discoveries) await discovery.close();
  });
});

function reached(address: string): Promise<boolean> {
  const [host, port] = address.split(':') as [string, string];
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port: Number(port) });
    socket
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false))
      .once('connect', () => socket.destroy());
  });
}

test.each<[object, string]>([
  [{ groups: { a: { codec: utf8, ttl: 60_000 } } }, 'group a has no option "ttl"; did you mean ttlMs?'],
  [{ groups: {}, handoff: 5_000 }, 'join() has no option "handoff"; did you mean handoffMs?'],
  [{ groups: {}, retries: 3 }, 'join() has no option "retries"'],
])('an option that there is not is refused, and not ignored: %j', async (options, message) => {
  await expect(join(options as JoinOptions<GroupSpecs>)).rejects.toMatchObject({ code: 'invalid_argument', message });
});
