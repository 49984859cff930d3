import { Client, type ClientUnaryCall, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { CacheError, type Door } from '@ringcache/cache-core';
import { admin, cache, groupcachepb, peer, pipe } from '@ringcache/proto';

import { CODE_TRAILER } from './codes.js';
import { failureOf, Gate, Stage, text, WITHIN } from './testing/stage.js';
import { memberToWire } from './wire.js';

const stage = new Stage();
const echo = async (key: string) => {
  if (key === 'absent') return undefined;
  if (key === 'busy') throw new CacheError('overloaded', 'slow down: 忙');
  return Buffer.from(key);
};

type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: { deadline?: number },
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** A call of a generated client, as a promise. */
function ask<Request, Response>(
  client: object,
  method: Method<Request, Response>,
  request: Request,
  { metadata = new Metadata(), deadline = Date.now() + WITHIN.timeoutMs } = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    method.call(client, request, metadata, { deadline }, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

function clientsOf(address: string) {
  const insecure = credentials.createInsecure();
  const clients = {
    cache: new cache.CacheClient(address, insecure),
    peer: new peer.PeerClient(address, insecure),
    admin: new admin.AdminClient(address, insecure),
    groupcache: new groupcachepb.GroupCacheClient(address, insecure),
  };
  for (const client of Object.values(clients)) stage.atEnd(() => client.close());
  return clients;
}

const failed = (code: status, trailer: string) => ({
  code,
  metadata: expect.objectContaining({ internalRepr: new Map([[CODE_TRAILER, [trailer]]]) }),
});

describe('the Cache service, asked one call at a time', () => {
  test('sets, gets and deletes', async () => {
    const { server } = await stage.serve(undefined);
    const { cache: to } = clientsOf(server.address);
    const set = await ask(to, to.set, { group: 'g', key: '键', value: Buffer.from('v'), ttlMs: 60_000 });
    const got = await ask(to, to.get, { group: 'g', key: '键' });
    expect(got).toMatchObject({ version: set.version, source: pipe.Source.MAIN, servedBy: 'served' });
    expect(text(got.value)).toBe('v');
    expect(got.ttlMs).toBeGreaterThan(0);
    expect(got.ttlMs).toBeLessThanOrEqual(60_000);
    const deleted = await ask(to, to.delete, { group: 'g', key: '键' });
    expect(deleted).toMatchObject({ missing: [], staleForMs: 0 });
    expect(deleted.version).toBeGreaterThan(set.version);
    expect(await failureOf(ask(to, to.get, { group: 'g', key: '键' }))).toMatchObject(
      failed(status.NOT_FOUND, 'not_found'),
    );
  });

  test.each([
    ['an absent key', { group: 'g', key: 'absent' }, status.NOT_FOUND, 'not_found'],
    ['an unknown group', { group: 'other', key: 'k' }, status.FAILED_PRECONDITION, 'no_such_group'],
    ['an empty key', { group: 'g', key: '' }, status.INVALID_ARGUMENT, 'invalid_argument'],
    ['a failing origin', { group: 'g', key: 'busy' }, status.RESOURCE_EXHAUSTED, 'overloaded'],
  ])('answers %s with a status, and the code in its trailer', async (_, request, code, trailer) => {
    const { server } = await stage.serve(echo);
    const { cache: to } = clientsOf(server.address);
    expect(await failureOf(ask(to, to.get, request))).toMatchObject(failed(code, trailer));
  });

  test('refuses values that are too large over and over, and has room for the next request', async () => {
    let inside = 0;
    const door: Door = {
      admit: () => {
        if (++inside > 4) throw new CacheError('overloaded', 'four at a time');
      },
      leave: () => void inside--,
    };
    const { server, node } = await stage.serve(undefined, { maxValueBytes: 100, door });
    const { cache: to } = clientsOf(server.address);
    const large = { group: 'g', key: 'k', value: Buffer.alloc(101), ttlMs: 0 };
    const refused = failed(status.OUT_OF_RANGE, 'too_large');
    for (let i = 0; i < 10; i++) expect(await failureOf(ask(to, to.set, large))).toMatchObject(refused);
    expect(await ask(to, to.set, { ...large, value: Buffer.from('v') })).toMatchObject({ missing: [] });
    expect(node.groups.get('g')!.held('k')).toBeDefined();
  });

  test.each([2 ** 53, 2 ** 63])(
    "refuses a time to live of %d ms, which no number of ours is, as the caller's mistake",
    async (ms) => {
      const { server } = await stage.serve(undefined);
      const client = new Client(server.address, credentials.createInsecure());
      stage.atEnd(() => client.close());
      const bytes = Buffer.from(
        cache.SetRequest.encode({ group: 'g', key: 'k', value: Buffer.from('v'), ttlMs: 0 }).finish(),
      );
      const varint: number[] = [];
      for (let left = BigInt(ms); ; left >>= 7n) {
        varint.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
        if (left <= 0x7fn) break;
      }
      const { path } = cache.CacheService.set;
      const request = Buffer.concat([bytes, Buffer.from([4 << 3, ...varint])]); // ttl_ms
      const error = await failureOf(
        new Promise((resolve, reject) => {
          const asIs = (sent: Buffer) => sent;
          client.makeUnaryRequest(path, asIs, asIs, request, (failure, reply) =>
            failure ? reject(failure) : resolve(reply),
          );
        }),
      );
      expect(error).toMatchObject(failed(status.INVALID_ARGUMENT, 'invalid_argument'));
    },
  );

  test('says what failed in any script', async () => {
    const { server } = await stage.serve(echo);
    const { cache: to } = clientsOf(server.address);
    const error = await failureOf(ask(to, to.get, { group: 'g', key: 'busy' }));
    expect(error).toMatchObject({ details: 'slow down: 忙' });
  });

  test('answers many keys in their order, errors among them', async () => {
    const { server } = await stage.serve(echo);
    const { cache: to } = clientsOf(server.address);
    const { results } = await ask(to, to.getMany, { group: 'g', keys: ['b', 'absent', 'a', '', 'b'] });
    expect(results.map(({ key, found, error }) => [key, found && text(found.value), error?.code])).toEqual([
      ['b', 'b', undefined],
      ['absent', undefined, 'not_found'],
      ['a', 'a', undefined],
      ['', undefined, 'invalid_argument'],
      ['b', 'b', undefined],
    ]);
  });

  test('takes a thousand keys, and not one more', async () => {
    const { server } = await stage.serve(echo);
    const { cache: to } = clientsOf(server.address);
    const keys = Array.from({ length: 1000 }, (_, i) => `${i}`);
    expect((await ask(to, to.getMany, { group: 'g', keys })).results).toHaveLength(1000);
    const error = await failureOf(ask(to, to.getMany, { group: 'g', keys: [...keys, 'x'] }));
    expect(error).toMatchObject(failed(status.INVALID_ARGUMENT, 'invalid_argument'));
  });

  test('answers the keys that fit into one message, and says of the others that they do not', async () => {
    const sizes: Record<string, number> = { a: 60, b: 50, c: 40 };
    const { server } = await stage.serve(async (key) => Buffer.alloc(sizes[key]!), { maxValueBytes: 100 });
    const { cache: to } = clientsOf(server.address);
    const { results } = await ask(to, to.getMany, { group: 'g', keys: ['a', 'b', 'c'] });
    expect(results.map(({ found, error }) => found?.value.length ?? error?.code)).toEqual([60, 'too_large', 40]);
  });

  test("hands a caller's request id on, and stops waiting at its deadline", async () => {
    const gate = new Gate();
    stage.atEnd(gate.open);
    const seen: unknown[] = [];
    const { server } = await stage.serve(async (key, { requestId }) => {
      seen.push(requestId);
      if (key === 'slow') await gate.opened;
      return Buffer.from('v');
    });
    const { cache: to } = clientsOf(server.address);
    const metadata = new Metadata();
    metadata.set('x-request-id', 'req-1');
    await ask(to, to.get, { group: 'g', key: 'k' }, { metadata });
    expect(seen).toEqual(['req-1']);
    const late = ask(to, to.get, { group: 'g', key: 'slow' }, { deadline: Date.now() + 100 });
    expect(await failureOf(late)).toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });
});

test('a call goes on with the trace of its metadata, if there is one that can be read', async () => {
  const seen: unknown[] = [];
  const { server } = await stage.serve(async (key, { trace }) => {
    seen.push(trace);
    return Buffer.from(key);
  });
  const { cache: client } = clientsOf(server.address);
  const traceparent = `00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`;
  const sent: [string, string][][] = [
    [['traceparent', traceparent]],
    [
      ['traceparent', traceparent],
      ['tracestate', 'a=1'],
      ['tracestate', 'b=2'],
    ],
    [['traceparent', 'new']],
    [['tracestate', 'a=1']],
  ];
  for (const [i, pairs] of sent.entries()) {
    const metadata = new Metadata();
    for (const [name, value] of pairs) metadata.add(name, value);
    await ask(client, client.get, { group: 'g', key: `k${i}` }, { metadata });
  }
  expect(seen).toEqual([
    { traceparent, tracestate: '' },
    { traceparent, tracestate: 'a=1, b=2' },
    undefined,
    undefined,
  ]);
});

function addressedTo(member: string): Metadata {
  const metadata = new Metadata();
  metadata.set('ringcache-cluster', 'default');
  metadata.set('ringcache-to', member);
  return metadata;
}

describe('the Peer service, asked one call at a time', () => {
  test.each<[string, Metadata]>([
    ['does not say whom it is meant for', new Metadata()],
    ['is meant for another process', addressedTo('served#before')],
  ])('refuses what %s, and does nothing', async (_, metadata) => {
    const { server, group } = await stage.serve(echo);
    const { peer: to } = clientsOf(server.address);
    await group.get('k');
    const refused = failed(status.UNAVAILABLE, 'misdirected');
    expect(await failureOf(ask(to, to.peek, { group: 'g', key: 'k' }, { metadata }))).toMatchObject(refused);
    const drop = { group: 'g', key: 'k', version: 5, keepOwned: false };
    expect(await failureOf(ask(to, to.apply, drop, { metadata }))).toMatchObject(refused);
    expect(text(group.peek('k')!)).toBe('k');
  });

  test('peeks without loading, and drops', async () => {
    const { server, group } = await stage.serve(echo);
    const { peer: to } = clientsOf(server.address);
    const metadata = addressedTo('served#present');
    expect(await ask(to, to.peek, { group: 'g', key: 'k' }, { metadata })).toMatchObject({ absent: true });
    expect(group.stats().loads).toBe(0);
    await group.get('k');
    const held = await ask(to, to.peek, { group: 'g', key: 'k' }, { metadata });
    expect(held).toMatchObject({ absent: false, version: 0, ttlMs: 0 });
    expect(text(held.value)).toBe('k');
    await ask(to, to.apply, { group: 'g', key: 'k', version: 5, keepOwned: false }, { metadata });
    expect(group.peek('k')).toBeUndefined();
  });
});

describe('the Admin service', () => {
  test('tells the members, the owner of a key and its successor', async () => {
    const { server, node } = await stage.serve(echo);
    const { admin: to } = clientsOf(server.address);
    const alone = await ask(to, to.owner, { key: 'k' });
    expect(alone).toMatchObject({ owner: { id: 'served' }, successor: undefined });
    const other = { id: 'other', grpc: '127.0.0.1:1', http: '127.0.0.1:2', weight: 2 };
    node.peers.update([node.peers.self, other], true);
    expect(await ask(to, to.members, {})).toEqual({
      self: 'served',
      members: expect.arrayContaining([memberToWire(node.peers.self), other]),
      ring: node.peers.ring.fingerprint,
      dialect: 'ringcache',
      replicas: node.peers.ring.replicas,
      stale: true,
    });
    const { hash, point, owner, successor } = await ask(to, to.owner, { key: 'k' });
    const [first, second] = node.peers.ring.owners('k', 2).map(memberToWire);
    expect({ hash, point, owner, successor }).toEqual({
      hash: expect.stringMatching(/^\d+$/),
      point: node.peers.ring.locate('k').point,
      owner: first,
      successor: second,
    });
    expect(await failureOf(ask(to, to.owner, { key: '' }))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test('tells the counters of one group or all', async () => {
    const { server, group } = await stage.serve(echo);
    const { admin: to } = clientsOf(server.address);
    await group.get('k');
    await group.get('k');
    const { groups } = await ask(to, to.stats, { group: '' });
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({ group: 'g', gets: 2, hits: 1, misses: 1, loads: 1, entries: 1, hitRatio: 0.5 });
    expect(groups[0]!.removals).toEqual(group.stats().removals);
    expect((await ask(to, to.stats, { group: 'g' })).groups).toEqual(groups);
    const error = await failureOf(ask(to, to.stats, { group: 'other' }));
    expect(error).toMatchObject(failed(status.FAILED_PRECONDITION, 'no_such_group'));
  });
});

describe("groupcache's own service", () => {
  test('answers its stubs', async () => {
    const { server } = await stage.serve(echo);
    const { groupcache: to } = clientsOf(server.address);
    const { value } = await ask(to, to.get, { group: 'g', key: '张三' });
    expect(text(value!)).toBe('张三');
    expect(await failureOf(ask(to, to.get, { group: 'g', key: 'absent' }))).toMatchObject({ code: status.NOT_FOUND });
  });

  test.each([
    ['both', Buffer.alloc(0)],
    ['the key', Buffer.from('\x0a\x01g')],
    ['the group', Buffer.from('\x12\x01k')],
  ])('refuses a request that lacks %s of its required fields', async (_, bytes) => {
    const { server } = await stage.serve(echo);
    const { groupcache: to } = clientsOf(server.address);
    const asItIs = (buffer: Buffer) => buffer;
    const call = new Promise((resolve, reject) => {
      const { path } = groupcachepb.GroupCacheService.get;
      to.makeUnaryRequest(path, asItIs, asItIs, bytes, (error, value) => (error ? reject(error) : resolve(value)));
    });
    expect(await failureOf(call)).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});
