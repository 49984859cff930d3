// Two versions of a node speak with each other while a cluster is updated. A version to come adds fields, operations and codes;
// the first one is recorded in testing/version-1.ts. Another protocol number is for what cannot be understood that way.

import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import type { Answer, ExchangeReply, ExchangeRequest, View } from '@ringcache/cache-core';
import { admin, pipe } from '@ringcache/proto';
import fc from 'fast-check';

import { fieldContents } from './fields.js';
import { answerEntry, firstRequests, firstResponses, getEntry } from './testing/pipe-bytes.js';
import { RawPipe } from './testing/raw-pipe.js';
import { idsOf, RawServer } from './testing/raw-server.js';
import { failureOf, Stage, text, WITHIN } from './testing/stage.js';
import * as v1 from './testing/version-1.js';
import { bytes, fixed32, fixed64, message, number, UNKNOWN_FIELDS } from './testing/wire-bytes.js';

const stage = new Stage();
const echo = async (key: string) => Buffer.from(key);
const AS_RECORDED = { timeoutMs: 4_000 };
const RING = '2fd85436b45fcc1c';
const M1 = { id: 'm1:1', grpc: 'm1:1', http: 'm1:2', weight: 1, incarnation: 'a' };
const M2 = { id: 'm2:1', grpc: 'm2:1', http: 'm2:2', weight: 1.5, incarnation: 'x-9' };
const M3 = { id: '张三:1', grpc: '张三:1', http: '', weight: 1, incarnation: '' };
const VIEW: View = {
  ...{ id: '4/m1:1#a/k', lineage: 'm1:1#a/j', number: 4, members: [M1, M2], before: [M1, M3] },
  armed: true,
};
const EXCHANGE: ExchangeRequest = {
  ...{ from: M2, viewId: '3/m1:1#a/i', isActive: true, hears: ['m1:1#a', '张三:1#'] },
  ...{
    isSettled: true,
    isLeaving: false,
    isGone: false,
    cluster: 'default',
    hashing: 'ringcache/8192',
    to: 'served#present',
  },
};
const REPLY: ExchangeReply = {
  ...{ from: M1, viewId: VIEW.id, view: VIEW, isActive: false, hears: ['m2:1#x-9'] },
  ...{ isSettled: false, isLeaving: true, isGone: false, isGranted: true },
};

const byId = (responses: readonly pipe.Response[]) => [...responses].sort((a, b) => a.id - b.id);

/** As version 1 would serve: it answers what it is asked in the order of its asking, as recorded. @returns what is asked. */
async function serveVersion1(answers: v1.Recorded) {
  const asked: pipe.Request[] = [];
  const entries = answers.filter((field) => field.startsWith('1a'));
  const before = answers.filter((field) => !field.startsWith('1a'));
  const { address } = await RawServer.listen(stage, (stream) => {
    stream.on('data', (some: Buffer) => {
      asked.push(...pipe.Requests.decode(some).requests);
      if (asked.length < entries.length) return;
      // Which ids a client gives is its own affair, so that each answer is given the one of its request.
      const answered = entries.map((entry, i) => bytes(3, contentsOf(entry), number(1, asked[i]!.id)));
      stream.write(message(v1.recorded(...before), ...answered));
    });
  });
  return { address, asked };
}

function contentsOf(entry: string): Buffer {
  return fieldContents(v1.recorded(entry), 3)[0]!;
}

function amongUnknown(...fields: Buffer[]): Buffer[] {
  return [...fields.flatMap((field) => [...UNKNOWN_FIELDS, field]), ...UNKNOWN_FIELDS];
}

function withoutIds(requests: readonly pipe.Request[]) {
  return requests.map((request) => ({ ...request, id: 0, value: request.value.toString('hex') }));
}

describe('a member of version 1 asks one of today', () => {
  test('on the Cache service, and everything is answered', async () => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(v1.recorded(...v1.CACHE_REQUESTS));
    const answers = byId(await raw.received(6));
    expect(answers.map(({ id, error, missing }) => [id, error, missing])).toEqual(
      [1, 2, 3, 4, 5, 6].map((id) => [id, undefined, []]),
    );
    expect(answers[0]).toMatchObject({ source: pipe.Source.LOAD, servedBy: 'served', ttlMs: 0 });
    expect(text(answers[0]!.value)).toBe('张三');
    for (const { version } of answers.slice(1)) expect(version).toBeGreaterThan(0);
    expect(raw.messages[0]).toMatchObject({ protocol: 1, ring: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  test('to set values, and they are held as it meant them', async () => {
    const { server, group } = await stage.serve(undefined, {}, { ttlMs: 5_000 });
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(v1.recorded(...v1.CACHE_REQUESTS.slice(0, 1), ...v1.CACHE_REQUESTS.slice(2, 5)));
    await raw.received(3);
    expect([...(await group.handOver('b'))!.value]).toEqual([0, 0xff, 0x80]);
    expect((await group.handOver('b'))!.ttlMs).toBeGreaterThan(50_000);
    expect((await group.handOver('c'))!.ttlMs).toBe(Number.POSITIVE_INFINITY);
    expect((await group.handOver('d'))!.value).toHaveLength(0);
    expect((await group.handOver('d'))!.ttlMs).toBeLessThanOrEqual(5_000);
  });

  test('on the Peer service, and everything is answered', async () => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address, 'peer');
    raw.sendBytes(v1.recorded(...v1.PEER_REQUESTS));
    const answers = byId(await raw.received(7));
    expect(answers.map(({ id, error }) => [id, error])).toEqual([1, 2, 3, 4, 5, 6, 7].map((id) => [id, undefined]));
    expect(text(answers[0]!.value)).toBe('k');
    expect(answers.map(({ absent }) => absent)).toEqual([false, false, false, true, false, false, false]);
  });

  test('for an exchange, and is shown the view', async () => {
    const { server, node } = await stage.serve(echo);
    node.peers.update([node.peers.self, M3]);
    const raw = new RawPipe(stage, server.address, 'peer');
    raw.sendBytes(v1.recorded(v1.PEER_REQUESTS[0]!, v1.PEER_REQUESTS[7]!));
    const [answer] = await raw.received(1);
    expect(answer!.error).toBeUndefined();
    expect(answer!.exchange).toMatchObject({ from: node.peers.self, viewId: node.peers.viewId, isGranted: false });
    expect(answer!.exchange!.view!.members).toContainEqual(M3);
  });
});

describe('a member of today asks one of version 1', () => {
  test('on the Cache service, says what that said, and understands it', async () => {
    const { address, asked } = await serveVersion1(v1.CACHE_ANSWERS);
    const rings: string[] = [];
    const client = stage.connect(address, { onRing: (_, ring) => rings.push(ring) });
    const set = (key: string, value: Buffer, ttlMs?: number) =>
      client.write('g', { op: 'set', key, value, ttlMs }, AS_RECORDED);
    const calls = [
      client.get('g', '张三', { ...AS_RECORDED, requestId: 'r-1' }),
      set('b', Buffer.from([0, 0xff, 0x80]), 60_000),
      set('c', Buffer.from('C'), Number.POSITIVE_INFINITY),
      failureOf(set('d', Buffer.alloc(0))),
      failureOf(client.write('g', { op: 'delete', key: 'b' }, AS_RECORDED)),
      client.clear('g', AS_RECORDED),
    ];
    const [answer, all, partial, overloaded, draining, cleared] = await Promise.all(calls);
    expect(withoutIds(asked)).toEqual(withoutIds(pipe.Requests.decode(v1.recorded(...v1.CACHE_REQUESTS)).requests));
    expect(answer).toMatchObject({ version: 7, ttlMs: 60_000, source: 'load', servedBy: 'm1:1' });
    expect(text((answer as Answer).value)).toBe('3.5');
    expect(all).toEqual({ version: 300, applied: 'all' });
    expect(partial).toEqual({ version: 301, applied: 'partial', missing: ['m2:1', '张三:1'], staleForMs: 5_000 });
    expect(overloaded).toMatchObject({ code: 'overloaded', message: 'come again', retryAfterMs: 250, answered: true });
    expect(draining).toMatchObject({ code: 'unavailable', message: 'the member is draining', answered: false });
    expect(cleared).toEqual({ version: 303, applied: 'all' });
    expect(rings).toEqual([RING]);
  });

  test('on the Peer service, says what that said, and understands it', async () => {
    const { address, asked } = await serveVersion1(v1.PEER_ANSWERS);
    const peer = stage.dial(address);
    const calls = [
      peer.fetch('g', 'k', AS_RECORDED),
      peer.write('g', { op: 'set', key: 'b', value: Buffer.from('B'), ttlMs: 1 }, AS_RECORDED),
      failureOf(peer.write('g', { op: 'delete', key: 'b' }, AS_RECORDED)),
      peer.peek('g', 'nothing', AS_RECORDED),
      peer.drop('g', { key: 'b', version: 300, keepsOwned: false }, AS_RECORDED),
      peer.drop('g', { key: undefined, version: Number.MAX_SAFE_INTEGER, keepsOwned: false }, AS_RECORDED),
      peer.exchange(EXCHANGE, AS_RECORDED),
    ];
    const [answer, written, notFound, nothing, , , reply] = await Promise.all(calls);
    expect(withoutIds(asked)).toEqual(withoutIds(pipe.Requests.decode(v1.recorded(...v1.PEER_REQUESTS)).requests));
    const ttlMs = Number.POSITIVE_INFINITY;
    expect(answer).toMatchObject({ version: Number.MAX_SAFE_INTEGER, ttlMs, source: 'main', servedBy: '张三:1' });
    expect([...(answer as Answer).value]).toEqual([0, 0xff]);
    expect(written).toEqual({ version: 1, applied: 'all' });
    expect(notFound).toMatchObject({ code: 'not_found', message: 'no such key: b', answered: true });
    expect(nothing).toBeUndefined();
    expect(reply).toEqual(REPLY);
  });

  test('begins with its protocol, once a stream', async () => {
    const protocols: number[] = [];
    const { address } = await RawServer.listen(stage, (stream) => {
      stream.on('data', (some: Buffer) => {
        protocols.push(pipe.Requests.decode(some).protocol);
        stream.write(firstResponses(...idsOf(some).map((id) => answerEntry(id))));
      });
    });
    const peer = stage.dial(address);
    for (let call = 0; call < 3; call++) await peer.fetch('g', 'k', WITHIN);
    expect(protocols).toEqual([1, 0, 0]);
  });

  test('who is in the ring, and understands it', async () => {
    const server = new Server();
    const asItIs = (some: Buffer) => some;
    const { path } = admin.AdminService.members;
    const shape = { path, requestStream: false, responseStream: false };
    const coding = { requestSerialize: asItIs, requestDeserialize: asItIs };
    server.addService(
      { members: { ...shape, ...coding, responseSerialize: asItIs, responseDeserialize: asItIs } },
      {
        members: (_: unknown, answer: (error: null, some: Buffer) => void) => answer(null, v1.recorded(...v1.MEMBERS)),
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    stage.atEnd(() => server.forceShutdown());
    expect(await stage.connect(`127.0.0.1:${port}`).members(WITHIN)).toEqual({
      ...{
        self: 'm1:1',
        members: [
          { id: 'm1:1', grpc: 'm1:1', http: 'm1:2', weight: 1 },
          { id: 'm2:2', grpc: '', http: '', weight: 0.5 },
        ],
      },
      ...{ fingerprint: RING, dialect: 'ringcache', replicas: 160, stale: true },
    });
  });
});

describe('a member of a version to come asks one of today', () => {
  test('with fields of every type that are not known, in any order, and is answered', async () => {
    const { server } = await stage.serve(echo);
    const known = [number(2, pipe.Op.GET), bytes(3, 'g'), bytes(4, 'k'), number(7, 4_000), bytes(8, 'r-1')];
    const member = [bytes(1, 'm'), bytes(2, 'm:1'), fixed64(4, 1), ...UNKNOWN_FIELDS];
    const shuffled = (fields: readonly Buffer[]) => fc.shuffledSubarray([...fields], { minLength: fields.length });
    const entry = fc.tuple(shuffled([...known, ...UNKNOWN_FIELDS]), shuffled(member));
    const order = fc.record({ entries: fc.array(entry, { minLength: 1, maxLength: 50 }), at: fc.nat(50) });
    await fc.assert(
      fc.asyncProperty(order, async ({ entries, at }) => {
        const raw = new RawPipe(stage, server.address);
        const fields = entries.map(([request, some], i) =>
          bytes(2, ...request, bytes(10, bytes(1, ...some)), number(1, i + 1)),
        ); // and whatever stands around them, their protocol last
        fields.splice(at, 0, ...UNKNOWN_FIELDS);
        raw.sendBytes(message(...fields, number(1, 1)));
        const answers = byId(await raw.received(entries.length));
        expect(answers.map(({ id, value }) => [id, text(value)])).toEqual(entries.map((_, i) => [i + 1, 'k']));
        raw.stream.cancel();
      }),
      { numRuns: 30 },
    );
  });

  test('with an exchange that says more of everything, and is answered', async () => {
    const { server, node } = await stage.serve(echo);
    const asked: ExchangeRequest[] = [];
    node.peers.answer = (request) => {
      asked.push(request);
      return REPLY;
    };
    const raw = new RawPipe(stage, server.address, 'peer');
    const member = amongUnknown(fixed64(4, 1), bytes(1, 'm'));
    const view = amongUnknown(bytes(1, '1/m'), bytes(2, 'm'), number(3, 1), bytes(4, ...member));
    const exchange = amongUnknown(
      bytes(1, ...member),
      bytes(3, ...view),
      bytes(2, '1/m'),
      bytes(9, 'default'),
      bytes(10, 'served#'),
      bytes(11, 'ringcache/8192'),
      number(8, 1),
    );
    raw.sendBytes(firstRequests(bytes(2, number(1, 1), number(2, pipe.Op.EXCHANGE), bytes(10, ...exchange))));
    expect((await raw.received(1))[0]).toMatchObject({ id: 1, error: undefined });
    const m = { id: 'm', grpc: '', http: '', weight: 1, incarnation: '' };
    const flags = { isActive: false, isSettled: false, isLeaving: false, isGone: true };
    const shown = { id: '1/m', lineage: 'm', number: 1, members: [m], before: [], armed: false };
    expect(asked).toEqual([
      {
        from: m,
        viewId: '1/m',
        view: shown,
        hears: [],
        ...flags,
        cluster: 'default',
        hashing: 'ringcache/8192',
        to: 'served#',
      },
    ]);
  });

  test('with a field more than once, of which the last one counts', async () => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address);
    const before = [number(1, 9), number(2, 99), bytes(3, 'none'), bytes(4, 'other'), number(7, 1), bytes(8, 'x')];
    const after = [number(1, 1), number(2, pipe.Op.GET), bytes(3, 'g'), bytes(4, 'k'), number(7, 4_000), bytes(8, 'y')];
    raw.sendBytes(message(number(1, 7), bytes(2, ...before, ...after), number(1, 1)));
    const [answer] = await raw.received(1);
    expect([answer!.id, text(answer!.value)]).toEqual([1, 'k']);
  });

  test('with a known field of another type, which is passed over', async () => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address);
    const others = [
      bytes(1, number(1, 1)),
      fixed32(2, 3),
      number(3, 1),
      fixed64(4, 1),
      bytes(7, 'soon'),
      number(10, 1),
    ];
    raw.sendBytes(firstRequests(getEntry(1, 'k', ...others), fixed32(1, 2), number(2, 1)));
    expect(text((await raw.received(1))[0]!.value)).toBe('k');
  });

  test.each([
    ['cache', "Cache's"],
    ['peer', "Peer's"],
  ] as const)('on the %s service for what it cannot do, and hears so by the id', async (service, whose) => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address, service);
    const ops = [8, 127, 128, 2 ** 31 - 1, -1];
    raw.sendBytes(firstRequests(...ops.map((op, i) => getEntry(i + 1, 'k', number(2, op))), getEntry(9, 'k')));
    const answers = byId(await raw.received(6));
    for (const [i, { id, error }] of answers.slice(0, 5).entries()) {
      expect([id, error?.code]).toEqual([i + 1, 'invalid_argument']);
      expect(error!.message).toBe(`op ${ops[i]! >>> 0} is not one of ${whose}`);
    }
    expect(text(answers[5]!.value)).toBe('k');
  });

  test('in another protocol, and hears which one is spoken', async () => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(message(number(1, 2), getEntry(1, 'k')));
    expect(await raw.ended).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'not a message of a pipe: protocol 2 is not spoken here, 1 is',
    });
  });

  test('and says its protocol again, in whatever message: only the first one counts', async () => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address);
    for (const [i, protocol] of [1, 2, 0].entries()) {
      raw.sendBytes(message(number(1, protocol), getEntry(i + 1, `k${i}`)));
      expect(text((await raw.received(i + 1))[i]!.value)).toBe(`k${i}`);
    }
  });
});

describe('a member of today asks one of a version to come', () => {
  /** Answers each request with those fields, among others that are not known. */
  async function serveNewer(...fields: Buffer[]): Promise<string> {
    const { address } = await RawServer.listen(stage, (stream) => {
      stream.on('data', (some: Buffer) => {
        const answers = idsOf(some).map((id) =>
          bytes(3, ...UNKNOWN_FIELDS, ...fields.flatMap((field) => [field, ...UNKNOWN_FIELDS]), number(1, id)),
        );
        stream.write(message(...UNKNOWN_FIELDS, ...answers, ...UNKNOWN_FIELDS, bytes(2, RING), number(1, 1)));
      });
    });
    return address;
  }

  test('and passes over the fields that it does not know', async () => {
    const peer = stage.dial(
      await serveNewer(bytes(3, 'v'), number(4, 7), number(6, 1), bytes(7, 'm1:1'), number(5, 9)),
    );
    const answer = await peer.fetch('g', 'k', WITHIN);
    expect(answer).toMatchObject({ version: 7, ttlMs: 9, source: 'main', servedBy: 'm1:1' });
    expect(text(answer.value)).toBe('v');
  });

  test('and takes the last of what comes more than once', async () => {
    const before = [bytes(3, 'other'), number(4, 1), number(5, 1), number(6, 1), bytes(7, 'x'), number(10, 1)];
    const after = [bytes(3, 'v'), number(4, 7), number(5, 9), number(6, 2), bytes(7, 'y'), number(10, 5)];
    const peer = stage.dial(await serveNewer(...before, ...after, bytes(9, 'a'), bytes(9, 'b')));
    const answer = await peer.fetch('g', 'k', WITHIN);
    expect(answer).toMatchObject({ version: 7, ttlMs: 9, source: 'hot', servedBy: 'y' });
    expect(text(answer.value)).toBe('v');
    const written = await peer.write('g', { op: 'delete', key: 'k' }, WITHIN);
    expect(written).toEqual({ version: 7, applied: 'partial', missing: ['a', 'b'], staleForMs: 5 });
  });

  test('and takes a source that it does not know for a load', async () => {
    for (const source of [0, 4, 99, -1]) {
      const peer = stage.dial(await serveNewer(number(6, source)));
      expect(await peer.fetch('g', 'k', WITHIN)).toMatchObject({ source: 'load' });
    }
  });

  test('and takes a code that it does not know for internal, with what is said of it', async () => {
    const error = bytes(
      2,
      ...UNKNOWN_FIELDS,
      bytes(2, 'why'),
      bytes(1, 'of_tomorrow'),
      ...UNKNOWN_FIELDS,
      number(3, 5),
    );
    const peer = stage.dial(await serveNewer(error));
    expect(await failureOf(peer.fetch('g', 'k', WITHIN))).toMatchObject({
      ...{ code: 'internal', message: 'why', retryAfterMs: 5, answered: true },
    });
  });

  test('and understands members of which it says more', async () => {
    const known = [
      bytes(1, M2.id),
      bytes(2, M2.grpc),
      bytes(3, M2.http),
      fixed64(4, M2.weight),
      bytes(5, M2.incarnation),
    ];
    const reply = bytes(11, ...amongUnknown(bytes(1, ...amongUnknown(...known)), bytes(5, 'a#1'), number(9, 1)));
    const peer = stage.dial(await serveNewer(reply));
    const flags = { isActive: false, isSettled: false, isLeaving: false, isGone: false, isGranted: true };
    expect(await peer.exchange(EXCHANGE, WITHIN)).toEqual({ from: M2, viewId: '', hears: ['a#1'], ...flags });
  });

  test('and hears of its ring', async () => {
    const rings: string[] = [];
    const client = stage.connect(await serveNewer(), { onRing: (_, ring) => rings.push(ring) });
    await client.get('g', 'k', WITHIN);
    expect(rings).toEqual([RING]);
  });

  test('and says which protocol it did not understand', async () => {
    const { address } = await RawServer.listen(stage, (stream) => {
      stream.on('data', () => stream.write(message(number(1, 2), bytes(2, RING))));
    });
    expect(await failureOf(stage.dial(address).fetch('g', 'k', WITHIN))).toMatchObject({
      ...{ code: 'unavailable', answered: false, cause: { message: 'it speaks protocol 2, not 1' } },
    });
  });
});
