// The six rules of the read path, each with what breaks without it, and what else a read may meet.

import { afterEach, describe, expect, test } from '@jest/globals';
import { CacheError } from './errors.js';
import type { GroupEvent } from './events.js';
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

/** An origin that counts its loads, and answers when it is let. */
function countingOrigin() {
  const origin = {
    loads: 0,
    keys: [] as string[],
    value: 'v',
    gate: undefined as Promise<void> | undefined,
    load: async (key: string) => {
      origin.loads++;
      origin.keys.push(key);
      const { value } = origin;
      await (origin.gate ?? settled());
      return Buffer.from(value);
    },
  };
  return origin;
}

describe('a read', () => {
  test('of a cold key, asked a thousand times at once over three nodes, causes exactly one load', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 3, groups: { g: { load: origin.load } } });
    const gets = Array.from({ length: 1000 }, (_, i) => cluster.group('g', i % 3).get('cold'));
    const answers = await Promise.all(gets);
    expect(new Set(answers.map((answer) => text(answer.value)))).toEqual(new Set(['v']));
    expect(origin.loads).toBe(1);
  });

  test('of a key that is held is answered without asking anybody', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 3, groups: { g: { load: origin.load } } });
    const owner = cluster.group('g', cluster.ownerOf('k'));
    await owner.get('k');
    const { calls } = cluster.network;
    expect(await owner.get('k')).toMatchObject({ source: 'main', version: 0 });
    expect([origin.loads, cluster.network.calls - calls]).toEqual([1, 0]);
    expect(text(owner.peek('k')!)).toBe('v');
    expect(owner.peek('unknown')).toBeUndefined();
  });

  test('is stored only at its owner until it is popular, and then as a short-lived copy', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 2, groups: { g: { load: origin.load, hotAfterFetches: 3, hotTtlMs: 1000 } } });
    const key = cluster.keyOwnedBy(1);
    const asking = cluster.group('g', 0);
    expect((await asking.get(key)).source).toBe('load');
    expect((await asking.get(key)).source).toBe('main');
    expect(asking.held(key)).toBeUndefined();
    await asking.get(key);
    expect((await asking.get(key)).source).toBe('hot');
    await cluster.clock.advance(1000);
    expect(asking.held(key)).toBeUndefined();
    expect(origin.loads).toBe(1);
  });

  test('of a copy never outlives what the owner said of it', async () => {
    const cluster = start({
      size: 2,
      groups: { g: { load: async () => ({ value: Buffer.from('v'), ttlMs: 500 }), hotAfterFetches: 1, ttlJitter: 0 } },
    });
    const key = cluster.keyOwnedBy(1);
    await cluster.group('g', 0).get(key);
    expect(cluster.group('g', 0).held(key)!.ttlMs).toBeLessThanOrEqual(500);
    await cluster.clock.advance(500);
    expect(cluster.group('g', 0).held(key)).toBeUndefined();
  });
});

describe('serve asks no third member', () => {
  test('a peer that takes another member for the owner is told so, and nobody else is asked', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 3, groups: { g: { load: origin.load } } });
    const key = cluster.keyOwnedBy(2);
    const { calls } = cluster.network;
    await expect(cluster.group('g', 0).serve(key)).rejects.toMatchObject({ code: 'not_owner' });
    expect([cluster.network.calls, origin.loads]).toEqual([calls, 0]);
  });

  test('a peer whose dialect knows no such answer gets the value, of which nothing is kept', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 3, groups: { g: { load: origin.load } } });
    const key = cluster.keyOwnedBy(2);
    const { calls } = cluster.network;
    expect(await cluster.group('g', 0).serveAnyone(key)).toMatchObject({ source: 'load', servedBy: 'node-1' });
    expect(cluster.network.calls).toBe(calls);
    expect(cluster.group('g', 0).held(key)).toBeUndefined();
  });
});

describe('rule 2: loads and fetches have separate flights', () => {
  test('two nodes that each take the other for the owner both answer within 100 ms', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 2, groups: { g: { load: origin.load } } });
    const [a, b] = cluster.nodes as [(typeof cluster.nodes)[0], (typeof cluster.nodes)[0]];
    a.peers.update([b.member]);
    b.peers.update([a.member]);
    const gets = Promise.all([cluster.group('g', 0).get('k'), cluster.group('g', 1).get('k')]);
    await cluster.clock.advance(100);
    const raced = await Promise.race([gets, settled().then(() => 'no answer')]);
    expect(raced).toMatchObject([{ source: 'load' }, { source: 'load' }]);
  });
});

describe('rule 3: a flight is its own', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['returns what is no value', () => 'text' as unknown as Uint8Array],
  ])('a loader that %s fails every waiter, caches nothing, and is asked again', async (_, load) => {
    let loads = 0;
    const cluster = start({
      size: 1,
      groups: {
        g: {
          load: () => {
            loads++;
            return load();
          },
          negativeTtlMs: 1000,
        },
      },
    });
    const group = cluster.group('g');
    const outcomes = await Promise.allSettled([group.get('k'), group.get('k'), group.get('k')]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect([loads, group.flights.loads]).toEqual([1, 0]);
    await expect(group.get('k')).rejects.toBeInstanceOf(CacheError);
    expect(loads).toBe(2);
    expect(group.stats()).toMatchObject({ loads: 2, loadErrors: 2, entries: 0 });
  });

  test('a loader that hangs strands nobody: all end at the flight’s deadline, here and at the node that asks', async () => {
    const signals: AbortSignal[] = [];
    const cluster = start({
      size: 2,
      groups: {
        g: {
          flightTimeoutMs: 1000,
          load: (_, { signal }) => {
            signals.push(signal);
            return new Promise<Uint8Array>(() => {});
          },
        },
      },
    });
    const key = cluster.keyOwnedBy(1);
    const outcomes = Promise.allSettled([cluster.group('g', 0).get(key), cluster.group('g', 1).get(key)]);
    await cluster.clock.advance(3000);
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(signals.every((signal) => signal.aborted)).toBe(true);
    for (const i of [0, 1]) expect(cluster.group('g', i).flights).toEqual({ loads: 0, fetches: 0 });
  });

  test('a value that comes after the deadline is not stored', async () => {
    let arrive!: (value: Uint8Array) => void;
    const load = () =>
      new Promise<Uint8Array>((resolve) => {
        arrive = resolve;
      });
    const cluster = start({ size: 1, groups: { g: { load, flightTimeoutMs: 10 } } });
    const outcome = expect(cluster.group('g').get('k')).rejects.toMatchObject({ code: 'deadline' });
    await cluster.clock.advance(10);
    await outcome;
    arrive(Buffer.from('late'));
    await settled();
    expect(cluster.group('g').held('k')).toBeUndefined();
  });

  test("one caller's cancellation or impatience harms no other", async () => {
    const origin = countingOrigin();
    let open!: () => void;
    origin.gate = new Promise((resolve) => {
      open = resolve;
    });
    const cluster = start({ size: 2, groups: { g: { load: origin.load } } });
    const key = cluster.keyOwnedBy(1);
    const controller = new AbortController();
    const cancelled = expect(cluster.group('g', 0).get(key, { signal: controller.signal })).rejects.toMatchObject({
      code: 'deadline',
    });
    const impatient = expect(cluster.group('g', 0).get(key, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'deadline',
    });
    const patient = cluster.group('g', 0).get(key);
    const elsewhere = cluster.group('g', 1).get(key);
    await cluster.clock.advance(10);
    controller.abort();
    await Promise.all([cancelled, impatient]);
    open();
    expect(text((await patient).value)).toBe('v');
    expect(text((await elsewhere).value)).toBe('v');
    expect(origin.loads).toBe(1);
  });
});

describe('rule 4: not_found is an answer', () => {
  test.each([
    ['undefined', async () => undefined],
    ['a not_found', async () => Promise.reject(new CacheError('not_found', 'none'))],
  ])('%s from the origin is not_found for everyone, with no fallback to other members', async (_, answer) => {
    let loads = 0;
    const cluster = start({
      size: 3,
      groups: {
        g: {
          load: () => {
            loads++;
            return answer();
          },
        },
      },
    });
    const key = cluster.keyOwnedBy(2);
    await expect(cluster.group('g', 0).get(key)).rejects.toMatchObject({ code: 'not_found' });
    expect(loads).toBe(1);
    expect(cluster.group('g', 0).stats().fetchErrors + cluster.group('g', 2).stats().loadErrors).toBe(0);
    await expect(cluster.group('g', 0).get(key)).rejects.toMatchObject({ code: 'not_found' });
    expect(loads).toBe(2); // negativeTtlMs is 0: off
  });

  test('it is remembered for negativeTtlMs, and only so long', async () => {
    let loads = 0;
    const load = async () => {
      loads++;
      return undefined;
    };
    const cluster = start({ size: 1, groups: { g: { load, negativeTtlMs: 1000 } } });
    const group = cluster.group('g');
    for (let i = 0; i < 3; i++) await expect(group.get('k')).rejects.toMatchObject({ code: 'not_found' });
    expect(loads).toBe(1);
    expect([group.peek('k'), group.held('k')]).toEqual([undefined, undefined]);
    await cluster.clock.advance(1000);
    await expect(group.get('k')).rejects.toMatchObject({ code: 'not_found' });
    expect(loads).toBe(2);
  });

  test('an empty value is a value', async () => {
    const cluster = start({ size: 1, groups: { g: { load: async () => new Uint8Array(0), negativeTtlMs: 1000 } } });
    await cluster.group('g').get('k');
    expect(await cluster.group('g').get('k')).toMatchObject({ value: new Uint8Array(0), source: 'main' });
  });
});

describe('an owner that is away', () => {
  test('is made up for by each member for its own callers, once at a time, and nothing is kept', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 3, groups: { g: { load: origin.load } } });
    const key = cluster.keyOwnedBy(1);
    cluster.nodes[1]!.kill();
    const [first] = await Promise.all([cluster.group('g', 0).get(key), cluster.group('g', 2).get(key)]);
    expect(first).toMatchObject({ source: 'load', servedBy: 'node-1' });
    expect(origin.loads).toBe(2);
    expect(cluster.group('g', 0).held(key)).toBeUndefined();
  });

  test('a black hole costs no more than the flight’s deadline', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 3, groups: { g: { load: origin.load, flightTimeoutMs: 1000 } } });
    const key = cluster.keyOwnedBy(1);
    cluster.network.partition('node-1:9999', 'node-2:9999');
    const get = cluster.group('g', 0).get(key);
    await cluster.clock.advance(1000);
    expect(text((await get).value)).toBe('v');
  });

  test('an owner that runs out of the time that it got is made up for, like one that is silent', async () => {
    let loads = 0;
    const load = () => (++loads === 1 ? new Promise<Uint8Array>(() => {}) : Buffer.from('v'));
    const cluster = start({ size: 3, groups: { g: { load, flightTimeoutMs: 1000 } } });
    const get = cluster.group('g', 0).get(cluster.keyOwnedBy(1));
    await cluster.clock.advance(500);
    expect(text((await get).value)).toBe('v');
    expect(loads).toBe(2);
  });

  test('an origin that fails is not asked again by the successor', async () => {
    let loads = 0;
    const load = async () => {
      loads++;
      throw new CacheError('unavailable', 'the database is down');
    };
    const cluster = start({ size: 3, groups: { g: { load } } });
    const key = cluster.keyOwnedBy(1);
    await expect(cluster.group('g', 0).get(key)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the database is down',
    });
    expect(loads).toBe(1);
  });
});

describe('rule 6: a key is held, in flight, or nobody has asked for it', () => {
  test('a get at any turn of the loop while a load ends causes no second load', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 1, groups: { g: { load: origin.load } } });
    const group = cluster.group('g');
    const first = group.get('k').then(() => group.get('k'));
    const others = [];
    for (let i = 0; i < 50; i++) {
      others.push(group.get('k'));
      await Promise.resolve();
    }
    await Promise.all([first, ...others]);
    expect(origin.loads).toBe(1);
  });
});

describe('a group', () => {
  test('tells its counts', async () => {
    const origin = countingOrigin();
    const cluster = start({ size: 2, groups: { g: { load: origin.load } } });
    const mine = cluster.keyOwnedBy(0);
    const other = cluster.keyOwnedBy(1);
    const group = cluster.group('g', 0);
    for (const key of [mine, mine, mine, other]) await group.get(key);
    expect(group.stats()).toMatchObject({
      group: 'g',
      gets: 4,
      hits: 2,
      misses: 2,
      loads: 1,
      fetches: 1,
      entries: 1,
      hitRatio: 0.5,
      hitRatioMinute: 0.5,
    });
    expect(cluster.group('g', 1).stats()).toMatchObject({ gets: 0, serves: 1, serveHits: 0, loads: 1, entries: 1 });
    await cluster.clock.advance(61_000);
    expect(group.stats()).toMatchObject({ hitRatio: 0.5, hitRatioMinute: 0 });
    await group.get(mine);
    expect(group.stats().hitRatioMinute).toBe(1);
  });

  test('collects what has expired and nobody asks for', async () => {
    const cluster = start({ size: 1, groups: { g: { load: async (key) => Buffer.from(key), ttlMs: 1000 } } });
    for (let i = 0; i < 100; i++) await cluster.group('g').get(`k${i}`);
    await cluster.clock.advance(5000);
    expect(cluster.group('g').stats()).toMatchObject({ entries: 0, bytes: 0, removals: { expired: 100 } });
  });

  test('shortens a life by at most its jitter, and never lengthens it', async () => {
    const cluster = start({
      size: 1,
      groups: { g: { load: async (key) => Buffer.from(key), ttlMs: 1000, ttlJitter: 0.2 } },
    });
    const lives = new Set<number>();
    for (let i = 0; i < 50; i++) lives.add((await cluster.group('g').get(`k${i}`)).ttlMs);
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...lives)).toBeLessThanOrEqual(1000);
    expect(lives.size).toBeGreaterThan(10);
  });

  test('answers many keys at once, an error among them, in their order', async () => {
    const load = async (key: string) => (key === 'none' ? undefined : Buffer.from(key));
    const cluster = start({ size: 3, groups: { g: { load } } });
    const results = await cluster.group('g').getMany(['a', 'none', '', 'b']);
    expect(results.map((r) => (r instanceof CacheError ? r.code : text(r.value)))).toEqual([
      'a',
      'not_found',
      'invalid_argument',
      'b',
    ]);
  });

  test('gives a request that came without an id one, the same at every node it reaches', async () => {
    const events: GroupEvent[] = [];
    const origin = countingOrigin();
    const cluster = start({ size: 2, groups: { g: { load: origin.load, observe: (event) => events.push(event) } } });
    await cluster.group('g', 0).get(cluster.keyOwnedBy(1));
    await cluster.group('g', 0).get(cluster.keyOwnedBy(1));
    const ids = new Set(events.map((event) => event.requestId));
    expect(ids.size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}$/);
  });

  test('tells each step of a request, with its id, at every node it reaches', async () => {
    const events: GroupEvent[] = [];
    const origin = countingOrigin();
    const cluster = start({ size: 2, groups: { g: { load: origin.load, observe: (event) => events.push(event) } } });
    const key = cluster.keyOwnedBy(1);
    await cluster.group('g', 0).get(key, { requestId: 'r1' });
    await cluster.group('g', 1).get(key, { requestId: 'r2' });
    expect(events.map((event) => [event.requestId, event.step])).toEqual([
      ['r1', 'received'],
      ['r1', 'pick'],
      ['r1', 'received'],
      ['r1', 'loaded'],
      ['r1', 'stored'],
      ['r1', 'fetched'],
      ['r2', 'received'],
      ['r2', 'hit'],
    ]);
    const { hash, point } = cluster.nodes[0]!.peers.ring.locate(key);
    expect(events[1]).toMatchObject({ group: 'g', key, hash, point, owner: 'node-2', self: false });
  });

  test.each([
    ['maxBytes', 1],
    ['hotShare', 0],
    ['hotShare', 1],
    ['ttlJitter', 2],
    ['flightTimeoutMs', 0],
    ['ttlMs', -1],
    ['policy', 'newest'],
    ['maxEntries', Number.NaN],
  ])('refuses %s of %p by name', (name, value) => {
    expect(() => start({ size: 1, groups: { g: { [name]: value } } })).toThrow(new RegExp(`${name} must be`));
  });
});

test('a key of a group without an origin is unavailable while its owner is silent, and its absence is kept nowhere', async () => {
  const cluster = start({ size: 4, groups: { kv: { negativeTtlMs: 60_000 } }, exchanges: true });
  await cluster.clock.advance(5_000);
  const key = cluster.keyOwnedBy(1);
  await cluster.group('kv', 1).write({ op: 'set', key, value: Buffer.from('v') });
  cluster.network.pause('node-2:9999');
  for (const i of [0, 2, 3]) {
    const outcome = expect(cluster.group('kv', i).get(key)).rejects.toMatchObject({ code: 'unavailable' });
    await cluster.clock.advance(10_000);
    await outcome;
  }
  cluster.network.resume('node-2:9999');
  await cluster.clock.advance(10_000); // breakers
  for (const i of [0, 2, 3]) expect(text((await cluster.group('kv', i).get(key)).value)).toBe('v');
});

test.each([undefined, null, 5, {}, ['k']])(
  'a key that is %p is refused as such, whatever asks with it',
  async (key) => {
    const group = start({ size: 1, groups: { g: {} } }).group('g') as unknown as Record<
      string,
      (key: unknown) => unknown
    >;
    const refusal = { code: 'invalid_argument', message: 'key must be a string' };
    for (const ask of ['get', 'serve', 'handOver', 'inspect']) {
      await expect((async () => group[ask]!(key))()).rejects.toMatchObject(refusal);
    }
    for (const ask of ['peek', 'held']) expect(() => group[ask]!(key)).toThrow(expect.objectContaining(refusal));
    const writes = { op: 'delete', key };
    for (const ask of ['write', 'own'])
      await expect((async () => group[ask]!(writes))()).rejects.toMatchObject(refusal);
  },
);

test('a group that its owner does not have yet is loaded by the member that has it', async () => {
  const cluster = start({ size: 3, groups: { g: { load: async (key) => Buffer.from(key) }, kv: {} } });
  const key = cluster.keyOwnedBy(1);
  for (const i of [1, 2])
    for (const name of ['g', 'kv']) (cluster.nodes[i]!.groups as Map<string, unknown>).delete(name);
  expect(await cluster.group('g', 0).get(key)).toMatchObject({ source: 'load', servedBy: 'node-1' });
  await expect(cluster.group('kv', 0).get(key)).rejects.toMatchObject({ code: 'no_such_group' });
});

test('a key of a group without an origin is not said to be absent by members that do not own it', async () => {
  const cluster = new TestCluster({ size: 2, groups: { kv: {} } });
  try {
    const key = cluster.keyOwnedBy(1);
    await expect(cluster.group('kv', 0).get(key)).rejects.toMatchObject({ code: 'not_found' });
    cluster.nodes[1]!.kill();
    await expect(cluster.group('kv', 0).get(key)).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    await cluster.close();
  }
});

test('a load past the owner is not shared with a caller that came later: a write may have passed in between', async () => {
  const arrivals: (() => void)[] = [];
  let row = 'old';
  const load = () => {
    const value = row; // read when the load begins
    return new Promise<Uint8Array>((resolve) => arrivals.push(() => resolve(Buffer.from(value))));
  };
  const cluster = start({ size: 2, groups: { g: { load } } });
  cluster.nodes[0]!.peers.update([]); // out of the ring: it owns nothing, and is told of nothing
  const first = cluster.group('g', 0).get('k');
  await settled();
  row = 'new';
  const late = cluster.group('g', 0).get('k');
  await settled();
  expect(arrivals).toHaveLength(1); // it waits for the next one
  arrivals[0]!();
  expect(text((await first).value)).toBe('old');
  await settled();
  arrivals[1]!();
  expect(text((await late).value)).toBe('new');
  expect(cluster.group('g', 0).stats().entries).toBe(0);
});
