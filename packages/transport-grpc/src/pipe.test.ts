import { getEventListeners } from 'node:events';

import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { pipe } from '@ringcache/proto';

import { RawPipe } from './testing/raw-pipe.js';
import { eventually, failureOf, Gate, Stage, text, WITHIN } from './testing/stage.js';

const stage = new Stage();
const echo = async (key: string) => Buffer.from(key);

describe('a client on its pipe', () => {
  test('sends a hundred gets of one turn in one message, and gets them back in one', async () => {
    const { server } = await stage.serve(echo);
    const client = stage.connect(server.address);
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    const getAll = () => Promise.all(keys.map((key) => client.get('g', key, WITHIN)));
    await getAll();
    const before = client.stats();
    const answers = await getAll();
    const after = client.stats();
    expect(answers.map((answer) => text(answer.value))).toEqual(keys);
    expect(after.messages - before.messages).toBe(1);
    expect(after.requests - before.requests).toBe(100);
    expect(after.answerMessages - before.answerMessages).toBe(1);
  });

  test('sends what 64 callers ask one after the other in a message a round', async () => {
    const { server } = await stage.serve(echo);
    const peer = stage.dial(server.address);
    await Promise.all(Array.from({ length: 64 }, (_, i) => peer.fetch('g', `k${i}`, WITHIN)));
    const before = peer.stats();
    const caller = async (_: unknown, i: number) => {
      for (let round = 0; round < 5; round++) await peer.fetch('g', `k${(i + round) % 64}`, WITHIN);
    };
    await Promise.all(Array.from({ length: 64 }, caller));
    expect(peer.stats().messages - before.messages).toBe(5);
    expect(peer.stats().streams).toBe(1);
  });

  test('mixes all operations in one message', async () => {
    const { server, group } = await stage.serve(echo);
    const peer = stage.dial(server.address);
    const [answer, written, , nothing] = await Promise.all([
      peer.fetch('g', 'a', WITHIN),
      peer.write('g', { op: 'set', key: 'b', value: Buffer.from('B'), ttlMs: Number.POSITIVE_INFINITY }, WITHIN),
      peer.drop('g', { key: 'c', version: 3, keepsOwned: false }, WITHIN),
      peer.peek('g', 'd', WITHIN),
    ]);
    expect(text(answer.value)).toBe('a');
    expect(written.applied).toBe('all');
    expect(nothing).toBeUndefined();
    expect(peer.stats().messages).toBe(1);
    expect((await group.handOver('b'))!.ttlMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('gets answers in the order in which they are ready', async () => {
    const gates = new Map(['a', 'b', 'c'].map((key) => [key, new Gate()]));
    const { server } = await stage.serve(async (key) => {
      await gates.get(key)!.opened;
      return Buffer.from(key);
    });
    const peer = stage.dial(server.address);
    const order: string[] = [];
    const calls = new Map(
      ['a', 'b', 'c'].map((key) => [
        key,
        peer.fetch('g', key, WITHIN).then((answer) => order.push(text(answer.value))),
      ]),
    );
    for (const key of ['c', 'a', 'b']) {
      gates.get(key)!.open();
      await calls.get(key);
    }
    expect(order).toEqual(['c', 'a', 'b']);
  });

  test('ignores the late answer of a call that was given up, and keeps its stream', async () => {
    const gate = new Gate();
    const { server } = await stage.serve(async (key) => {
      if (key === 'slow') await gate.opened;
      return Buffer.from(key);
    });
    const peer = stage.dial(server.address);
    const controller = new AbortController();
    const aborted = failureOf(peer.fetch('g', 'slow', { signal: controller.signal }));
    const late = failureOf(peer.fetch('g', 'slow', { timeoutMs: 20 }));
    await peer.fetch('g', 'quick', WITHIN);
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'deadline', answered: false });
    expect(await late).toMatchObject({ code: 'deadline' });
    gate.open();
    expect(text((await peer.fetch('g', 'slow', WITHIN)).value)).toBe('slow');
    expect(peer.stats()).toMatchObject({ streams: 1, inFlight: 0, waiting: 0 });
  });

  test('listens once to a signal that many calls share, and not at all when they are done', async () => {
    const gate = new Gate();
    const { server } = await stage.serve(async (key) => {
      await gate.opened;
      return Buffer.from(key);
    });
    const peer = stage.dial(server.address);
    const { signal } = new AbortController();
    const calls = Array.from({ length: 100 }, (_, i) => peer.fetch('g', `k${i}`, { signal }));
    await eventually(() => expect(getEventListeners(signal, 'abort')).toHaveLength(1));
    gate.open();
    await Promise.all(calls);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('waits for no answer longer than its own limit when the caller sets none', async () => {
    const gate = new Gate();
    const { server } = await stage.serve(async () => {
      await gate.opened;
      return Buffer.from('v');
    });
    stage.atEnd(gate.open);
    const peer = stage.dial(server.address, { callTimeoutMs: 50 });
    expect(await failureOf(peer.fetch('g', 'k', {}))).toMatchObject({ code: 'deadline', answered: false });
  });

  test('holds back what is over its limit of requests in flight, and refuses what is over that of callers', async () => {
    const gate = new Gate();
    const { server, group } = await stage.serve(async (key) => {
      await gate.opened;
      return Buffer.from(key);
    });
    const peer = stage.dial(server.address, { maxInFlight: 2, maxWaiting: 2 });
    const controller = new AbortController();
    const first = ['a', 'b', 'c'].map((key) => peer.fetch('g', key, WITHIN));
    const impatient = failureOf(peer.fetch('g', 'd', { signal: controller.signal }));
    expect(peer.stats()).toMatchObject({ inFlight: 2, waiting: 2 });
    expect(await failureOf(peer.fetch('g', 'e', WITHIN))).toMatchObject({ code: 'overloaded', answered: false });
    controller.abort();
    await impatient;
    const last = peer.fetch('g', 'f', WITHIN);
    gate.open();
    expect((await Promise.all([...first, last])).map((answer) => text(answer.value))).toEqual(['a', 'b', 'c', 'f']);
    expect(group.stats().serves).toBe(4);
  });

  test('holds back what is over its limit of bytes in flight, but for a request that is so large alone', async () => {
    const { server } = await stage.serve(undefined);
    const peer = stage.dial(server.address, { maxBytesInFlight: 2_000 });
    const set = (key: string, bytes: number) =>
      peer.write('g', { op: 'set', key, value: new Uint8Array(bytes) }, WITHIN);
    const alone = set('a', 3_000);
    const rest = ['b', 'c', 'd'].map((key) => set(key, 600));
    expect(peer.stats()).toMatchObject({ inFlight: 1, waiting: 3 });
    await alone;
    expect(peer.stats()).toMatchObject({ inFlight: 2, waiting: 1 });
    await Promise.all(rest);
    expect(peer.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  test('lets callers wait while the member takes no more, and refuses what is over the limit of those', async () => {
    const { server } = await stage.serve(undefined);
    const peer = stage.dial(server.address, { maxEntriesPerMessage: 1, maxWaiting: 10 });
    const set = (key: string) => peer.write('g', { op: 'set', key, value: new Uint8Array(1_000) }, WITHIN);
    const burst = Array.from({ length: 500 }, (_, i) => set(`k${i}`)); // a message each: too many for the stream at once
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = Array.from({ length: 10 }, (_, i) => set(`w${i}`));
    expect(peer.stats().waiting).toBe(10);
    expect(await failureOf(set('refused'))).toMatchObject({ code: 'overloaded', answered: false });
    for (const written of await Promise.all([...burst, ...waiting])) expect(written.applied).toBe('all');
    expect(peer.stats()).toMatchObject({ streams: 1, inFlight: 0, waiting: 0 });
  });

  test('refuses a value over the limit itself, and times that are none', async () => {
    const { server } = await stage.serve(undefined);
    const peer = stage.dial(server.address, { maxValueBytes: 10 });
    const set = (bytes: number, ttlMs?: number) =>
      peer.write('g', { op: 'set', key: 'k', value: new Uint8Array(bytes), ttlMs }, WITHIN);
    expect(await failureOf(set(11))).toMatchObject({ code: 'too_large', answered: false });
    expect(await failureOf(set(1, Number.NaN))).toMatchObject({ code: 'invalid_argument', answered: false });
    expect(await failureOf(set(1, -1))).toMatchObject({ code: 'invalid_argument', answered: false });
    expect(await set(10)).toMatchObject({ applied: 'all' });
    expect(peer.stats().requests).toBe(1);
  });

  test('refuses what it could not encode, and sends the rest of the turn', async () => {
    const { server } = await stage.serve(echo);
    const peer = stage.dial(server.address);
    const wrong = [Number.NaN, -1, 0.5, 2 ** 53].map((version) =>
      failureOf(peer.drop('g', { key: 'k', version, keepsOwned: false }, WITHIN)),
    );
    const right = peer.fetch('g', 'k', { ...WITHIN, requestId: 'x'.repeat(10_000_000) });
    for (const error of await Promise.all(wrong)) expect(error).toMatchObject({ code: 'invalid_argument' });
    expect(text((await right).value)).toBe('k');
  });

  test('cuts a burst of the longest keys into messages that the other side takes', async () => {
    const { server } = await stage.serve(echo, { maxValueBytes: 10_000 });
    const peer = stage.dial(server.address, { maxValueBytes: 10_000 });
    const keys = Array.from({ length: 1000 }, (_, i) => '张'.repeat(2_700) + String(i));
    await Promise.all(keys.map((key) => peer.peek('g', key, WITHIN))); // 8 MB, a window at a time
    expect(peer.stats().streams).toBe(1);
    expect(peer.stats().messages).toBeGreaterThanOrEqual(8);
  });

  test('hears of the ring with the first answer, and again when it changes', async () => {
    const { server, node } = await stage.serve(echo);
    const heard: string[] = [];
    const client = stage.connect(server.address, { onRing: (_, fingerprint) => heard.push(fingerprint) });
    await client.get('g', 'a', WITHIN);
    await client.get('g', 'a', WITHIN);
    const before = node.peers.view().fingerprint;
    node.peers.update([node.peers.self, { id: 'other', grpc: '', http: '', weight: 1e-3 }]);
    await client.get('g', 'a', WITHIN);
    expect(heard).toEqual([before, node.peers.view().fingerprint]);
    expect(heard[1]).not.toBe(before);
  });

  test('keeps values that hold on to no memory but their own', async () => {
    const { server, group } = await stage.serve(echo);
    const client = stage.connect(server.address);
    await client.write('g', { op: 'set', key: 'k', value: Buffer.from('small') }, WITHIN);
    const { value } = await client.get('g', 'k', WITHIN);
    expect(value.buffer.byteLength).toBe(5);
    expect((await group.handOver('k'))!.value.buffer.byteLength).toBe(5);
  });
});

describe('a server, asked wrongly on a pipe', () => {
  test('answers each wrong request by its id, and the right one among them', async () => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address);
    raw.send(
      { id: 1, op: 99 as pipe.Op },
      { id: 2, op: pipe.Op.UNSPECIFIED },
      { id: 3, op: pipe.Op.PEEK },
      { id: 4, op: pipe.Op.DROP },
      { id: 5, key: '' },
      { id: 6, group: '' },
      { id: 7, group: 'other' },
      { id: 8, key: 'right' },
    );
    const responses = (await raw.received(8)).sort((a, b) => a.id - b.id);
    expect(responses.map((response) => response.error?.code)).toEqual([
      ...Array(6).fill('invalid_argument'),
      'no_such_group',
      undefined,
    ]);
    expect(text(responses[7]!.value)).toBe('right');
  });

  test('refuses an id that is in flight, and answers the first who has it', async () => {
    const gate = new Gate();
    const { server } = await stage.serve(async (key) => {
      if (key === 'slow') await gate.opened;
      return Buffer.from(key);
    });
    const raw = new RawPipe(stage, server.address, 'peer');
    raw.send({ id: 7, key: 'slow' }, { id: 7, key: 'quick' });
    await raw.received(1);
    gate.open();
    const [refused, answered] = await raw.received(2);
    expect(refused).toMatchObject({ id: 7, error: { code: 'invalid_argument' } });
    expect(text(answered!.value)).toBe('slow');
  });

  test('answers overloaded beyond its limit in flight, and goes on after', async () => {
    const gate = new Gate();
    const { server } = await stage.serve(
      async (key) => {
        await gate.opened;
        return Buffer.from(key);
      },
      { maxInFlightPerStream: 2 },
    );
    const raw = new RawPipe(stage, server.address);
    raw.send({ id: 1 }, { id: 2 });
    raw.send({ id: 3 });
    expect((await raw.received(1))[0]).toMatchObject({ id: 3, error: { code: 'overloaded' } });
    gate.open();
    await raw.received(3);
    raw.send({ id: 4 });
    expect((await raw.received(4))[3]).toMatchObject({ id: 4, error: undefined });
  });

  test.each([
    ['bytes that are no message', Buffer.from([0x12, 0xff]), status.INVALID_ARGUMENT, /longer|no end/],
    ['a first message without the protocol', Buffer.from([0x12, 0]), status.INVALID_ARGUMENT, /protocol 0/],
    ['a protocol that is not spoken', Buffer.from([0x08, 9]), status.INVALID_ARGUMENT, /protocol 9/],
    [
      'more entries than may be in flight',
      Buffer.from(`\x08\x01${'\x12\0'.repeat(5)}`),
      status.INVALID_ARGUMENT,
      /more than 4 entries/,
    ],
    ['a message over the limit', Buffer.alloc(6 * 1024 * 1024), status.RESOURCE_EXHAUSTED, /larger than max/],
  ])('ends the stream for %s, says why, and no other client notices', async (_, bytes, code, details) => {
    const gate = new Gate();
    const { server } = await stage.serve(
      async (key) => {
        if (key === 'slow') await gate.opened;
        return Buffer.from(key);
      },
      { maxInFlightPerStream: 4 },
    );
    const other = stage.connect(server.address);
    const slow = other.get('g', 'slow', WITHIN);
    await other.get('g', 'quick', WITHIN);
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(bytes);
    expect(await raw.ended).toMatchObject({ code, details: expect.stringMatching(details) });
    gate.open();
    expect(text((await slow).value)).toBe('slow');
    expect(other.stats().streams).toBe(1);
  });

  test('refuses a value just over the limit by its id alone', async () => {
    const { server } = await stage.serve(undefined);
    const raw = new RawPipe(stage, server.address);
    raw.send({ id: 1, op: pipe.Op.SET, value: Buffer.alloc(4 * 1024 * 1024 + 1) }, { id: 2, op: pipe.Op.DELETE });
    const responses = (await raw.received(2)).sort((a, b) => a.id - b.id);
    expect(responses.map((response) => response.error?.code)).toEqual(['too_large', undefined]);
  });

  test('answers with too_large what its own messages cannot carry', async () => {
    const { server } = await stage.serve(async () => Buffer.alloc(100), { maxValueBytes: 99 });
    const peer = stage.dial(server.address);
    expect(await failureOf(peer.fetch('g', 'k', WITHIN))).toMatchObject({ code: 'too_large', answered: true });
  });

  test('takes no more requests from a client that reads no answers', async () => {
    const requests = 200;
    const { server, group } = await stage.serve(async () => Buffer.alloc(256 * 1024));
    const raw = new RawPipe(stage, server.address);
    raw.send({ id: requests + 1 });
    await raw.received(1);
    raw.stream.pause();
    for (let id = 1; id <= requests; id++) {
      raw.send({ id });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { gets } = group.stats();
    raw.stream.resume();
    await raw.received(requests + 1);
    expect(gets).toBeLessThan(requests / 2);
  });
});
