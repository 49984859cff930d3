import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import type { ExchangeRequest } from '@ringcache/cache-core';

import type { GrpcPeerClient } from './dial.js';
import { answerEntry, firstResponses } from './testing/pipe-bytes.js';
import { answerWell, idsOf, RawServer, type RawStream } from './testing/raw-server.js';
import { eventually, failureOf, Gate, Stage, text, WITHIN } from './testing/stage.js';
import { bytes, fixed64, message, number, tag, varint } from './testing/wire-bytes.js';

const MIB = 1024 * 1024;
const UNANSWERED = { code: 'unavailable', answered: false };

const MEMBER = bytes(1, bytes(1, 'm'), fixed64(4, 1));
const EXCHANGE: ExchangeRequest = {
  ...{ from: { id: 'self', grpc: '', http: '', weight: 1, incarnation: 'a' }, viewId: '', hears: [] },
  ...{
    isActive: false,
    isSettled: true,
    isLeaving: false,
    isGone: false,
    cluster: 'default',
    hashing: 'ringcache/8192',
    to: 'served#present',
  },
};

const stage = new Stage();

/** A server whose first stream does what the test says, and those after it what a member would. */
async function serveBadly(first: (stream: RawStream) => void): Promise<string> {
  const { address } = await RawServer.listen(stage, (stream, before) => {
    if (before === 0) first(stream);
    else answerWell(stream);
  });
  return address;
}

/** As {@link serveBadly}: it does so when it is first asked. @param bad is given the ids of what is asked. */
function whenAsked(bad: (stream: RawStream, ids: number[]) => void): Promise<string> {
  return serveBadly((stream) => stream.once('data', (some: Buffer) => bad(stream, idsOf(some))));
}

async function expectAnswer(peer: GrpcPeerClient, key: string): Promise<void> {
  expect(text((await peer.fetch('g', key, WITHIN)).value)).toBe(key);
}

describe('a server that sends what is no message', () => {
  test.each<[string, Buffer, RegExp]>([
    ['noise', Buffer.from([0xff, 0xfe, 0xfd, 0x00, 0x9c, 0x17, 0x80]), /wire type|no end/],
    ['zeros', Buffer.alloc(100), /no number/],
    ['nothing', Buffer.alloc(0), /protocol 0, not 1/],
    ['answers alone', answerEntry(1, bytes(3, 'v')), /protocol 0, not 1/],
    ['another protocol', message(number(1, 2), answerEntry(1, bytes(3, 'v'))), /protocol 2, not 1/],
    ['an answer cut short', firstResponses(answerEntry(1, bytes(3, 'value'))).subarray(0, -1), /longer/],
    ['a value longer than its answer', firstResponses(answerEntry(1, tag(3, 2), varint(50))), /longer/],
    ['an error longer than its answer', firstResponses(answerEntry(1, tag(2, 2), varint(50))), /longer/],
    ['a code longer than its error', firstResponses(answerEntry(1, bytes(2, tag(1, 2), varint(50)))), /longer/],
    ['half a weight', firstResponses(answerEntry(1, bytes(11, bytes(1, fixed64(4, 1).subarray(0, 5))))), /longer/],
    ['a group', firstResponses(answerEntry(1, tag(3, 3), tag(3, 4))), /wire type: 3/],
    ['a version over 2^53 - 1', firstResponses(answerEntry(1, number(4, 2n ** 53n))), /2\^53/],
    [
      'more answers than there can be',
      Buffer.concat([firstResponses(), ...Array(9).fill(answerEntry(1_000))]),
      /8 entries/,
    ],
  ])('breaks its stream with %s: calls fail unanswered, the next is answered on another', async (_, wrong, cause) => {
    const peer = stage.dial(await whenAsked((stream) => stream.write(wrong)), { maxInFlight: 4 });
    const errors = await Promise.all(['a', 'b', 'c'].map((key) => failureOf(peer.fetch('g', key, WITHIN))));
    for (const error of errors) {
      expect(error).toMatchObject({ ...UNANSWERED, cause: { message: expect.stringMatching(cause) } });
    }
    await expectAnswer(peer, 'k');
    expect(peer.stats()).toMatchObject({ streams: 2, inFlight: 0, waiting: 0 });
  });

  test('that is well until then has what was answered before it stand', async () => {
    const address = await serveBadly((stream) => {
      answerWell(stream);
      stream.once('data', () => stream.write(Buffer.from([0x80])));
    });
    const peer = stage.dial(address);
    await expectAnswer(peer, 'before');
    await eventually(() => expectAnswer(peer, 'after'));
    expect(peer.stats().streams).toBe(2);
  });

  test('breaks its stream with a message over the limit', async () => {
    const peer = stage.dial(await whenAsked((stream) => stream.write(Buffer.alloc(5 * MIB + 1))));
    expect(await failureOf(peer.fetch('g', 'k', WITHIN))).toMatchObject({
      ...UNANSWERED,
      message: expect.stringMatching(/larger than max \(5242881 vs 5242880\)/),
    });
    await expectAnswer(peer, 'k');
  });
});

describe('a server that answers what was not asked', () => {
  test('is not heard: ids that nobody has, an id twice, an id of before', async () => {
    const before: number[] = [];
    const { address } = await RawServer.listen(stage, (stream) => {
      stream.on('data', (some: Buffer) => {
        const [id] = idsOf(some);
        const nobodys = [0, id! + 1_000, 2 ** 32 - 1, ...before].map((other) =>
          answerEntry(other, bytes(3, 'nobody’s')),
        );
        stream.write(firstResponses(...nobodys, answerEntry(id!, bytes(3, `to ${id}`))));
        stream.write(firstResponses(answerEntry(id!, bytes(3, 'again')), ...nobodys));
        before.push(id!);
      });
    });
    const peer = stage.dial(address);
    for (let call = 0; call < 5; call++) {
      const { value } = await peer.fetch('g', 'k', WITHIN);
      expect(text(value)).toBe(`to ${before[call]}`);
    }
    expect(peer.stats()).toMatchObject({ streams: 1, inFlight: 0 });
  });

  test('all the while does not keep its right answers from arriving', async () => {
    const address = await serveBadly((stream) => {
      answerWell(stream);
      const noise = firstResponses(...Array.from({ length: 1_000 }, (_, i) => answerEntry(1e9 + i, bytes(3, 'x'))));
      const makeNoise = () => {
        while (!stream.destroyed && stream.write(noise));
        if (!stream.destroyed) stream.once('drain', makeNoise);
      };
      makeNoise();
    });
    const peer = stage.dial(address);
    for (let i = 0; i < 100; i++) await expectAnswer(peer, `k${i}`);
    expect(peer.stats()).toMatchObject({ streams: 1, inFlight: 0 });
  });

  test('has its answers taken for what they are, though they make no sense', async () => {
    const answers = [
      [bytes(2)], // an error that says nothing
      [bytes(2, bytes(1, 'teapot'), bytes(2, 'short and stout'), number(3, 2 ** 32 - 1))],
      [bytes(2, bytes(1, 'overloaded')), bytes(3, 'and a value')],
      [], // nothing at all
      [bytes(3, Buffer.from([0xff])), number(5, 1), number(6, 77), bytes(7, Buffer.from([0xff, 0xfe]))],
    ];
    const address = await whenAsked((stream, ids) => {
      stream.write(firstResponses(...answers.map((fields, i) => answerEntry(ids[i]!, ...fields))));
    });
    const peer = stage.dial(address);
    const calls = answers.map((_, i) => peer.fetch('g', `k${i}`, WITHIN));
    const [empty, unknown, both] = await Promise.all(calls.slice(0, 3).map(failureOf));
    expect(empty).toMatchObject({ code: 'internal', answered: true });
    expect(unknown).toMatchObject({ code: 'internal', answered: true, message: 'short and stout' });
    expect(both).toMatchObject({ code: 'overloaded', answered: true });
    const [nothing, odd] = await Promise.all(calls.slice(3));
    expect(nothing).toMatchObject({ version: 0, ttlMs: Number.POSITIVE_INFINITY, source: 'load', servedBy: '' });
    expect(nothing!.value).toHaveLength(0);
    expect(odd).toMatchObject({ ttlMs: 1, source: 'load', servedBy: '\ufffd\ufffd' });
    expect([...odd!.value]).toEqual([0xff]);
  });

  test('with any name for its ring has it heard as it is', async () => {
    const names = ['\0', '张'.repeat(100_000), '"><script>', 'a'];
    const { address } = await RawServer.listen(stage, (stream) => {
      let asked = 0;
      stream.on('data', (some: Buffer) => {
        const name = names[asked++]!;
        const answers = idsOf(some).map((id) => answerEntry(id, bytes(3, 'v')));
        stream.write(message(number(1, 1), bytes(2, 'the last one counts'), bytes(2, name), ...answers));
      });
    });
    const heard: string[] = [];
    const client = stage.connect(address, { onRing: (_, name) => heard.push(name) });
    for (const _ of names) expect(text((await client.get('g', 'k', WITHIN)).value)).toBe('v');
    expect(heard).toEqual(names);
  });

  // Whoever takes it into a cache has said how large a value may be.
  test('with a value over the client’s maxValueBytes has it refused', async () => {
    const large = bytes(3, Buffer.alloc(1_001));
    const address = await whenAsked((stream, ids) => stream.write(firstResponses(answerEntry(ids[0]!, large))));
    const peer = stage.dial(address, { maxValueBytes: 1_000 });
    expect(await failureOf(peer.fetch('g', 'k', WITHIN))).toMatchObject({ code: 'too_large' });
  });

  // Entries of a message have a limit, members within one have none: of two bytes each on the wire, and 80 and more here.
  test.each([4, 5])('with members without end, in field %d of a view, has its message refused', async (field) => {
    const view = bytes(11, bytes(3, Buffer.alloc(MIB, bytes(field))));
    const address = await whenAsked((stream, ids) => stream.write(firstResponses(answerEntry(ids[0]!, view))));
    const error = await failureOf(stage.dial(address).exchange(EXCHANGE, WITHIN));
    expect(error).toMatchObject({ ...UNANSWERED, cause: { message: 'more than 10000 members in one list' } });
  });

  test.each<[string, Buffer[], RegExp]>([
    ['nothing', [], /must be an object, not undefined/],
    ['a value', [bytes(3, 'v')], /must be an object, not undefined/],
    ['a grant of nobody', [bytes(11, number(9, 1))], /a member must be an object/],
    ['a grant of a member without a weight', [bytes(11, bytes(1, bytes(1, 'm')), number(9, 1))], /weight .* not 0/],
    ['a grant of weight NaN', [bytes(11, bytes(1, bytes(1, 'm'), fixed64(4, Number.NaN)), number(9, 1))], /not NaN/],
    ['a view of number 0', [bytes(11, MEMBER, bytes(3, bytes(1, '1/m'), bytes(2, 'm')))], /number .* not 0/],
    ['a view with no name', [bytes(11, MEMBER, bytes(3, number(3, 1)))], /id must not be empty/],
    ['a view with no lineage', [bytes(11, MEMBER, bytes(3, bytes(1, '1/m'), number(3, 1)))], /lineage/],
    ['a huge name', [bytes(11, MEMBER, bytes(2, 'x'.repeat(MIB)))], /viewId has 1048576 characters/],
  ])('with %s in place of a reply to an exchange is as if nobody had answered', async (_, fields, reason) => {
    const address = await whenAsked((stream, ids) => stream.write(firstResponses(answerEntry(ids[0]!, ...fields))));
    const peer = stage.dial(address);
    const error = await failureOf(peer.exchange(EXCHANGE, WITHIN));
    expect(error).toMatchObject({ ...UNANSWERED, message: expect.stringMatching(reason) });
    expect(peer.stats()).toMatchObject({ streams: 1, inFlight: 0 });
  });
});

describe('a server that is silent', () => {
  test('of one key, and answers another, is told from one that is silent of all', async () => {
    const address = await serveBadly((stream) => {
      stream.on('data', (some: Buffer) => {
        const ids = idsOf(some);
        if (ids.length === 1) stream.write(firstResponses(answerEntry(ids[0]!)));
      });
    });
    const peer = stage.dial(address);
    await peer.fetch('g', 'k', WITHIN);
    const both = await Promise.all(['a', 'b'].map((key) => failureOf(peer.fetch('g', key, { timeoutMs: 50 }))));
    for (const error of both) expect(error).toMatchObject({ code: 'deadline', answered: false });
    // Where the machine is busy their time may be over before the other's answer is there; then a longer one is taken.
    for (let timeoutMs = 100; ; timeoutMs *= 2) {
      const slow = ['c', 'd'].map((key) => failureOf(peer.fetch('g', key, { timeoutMs })));
      let isOver = false;
      void Promise.race(slow).then(() => {
        isOver = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      await peer.fetch('g', 'k', WITHIN);
      if (isOver) continue;
      for (const error of await Promise.all(slow)) expect(error).toMatchObject({ code: 'deadline', answered: true });
      break;
    }
  });

  test('has calls end by their deadline, and the stream kept for those to come', async () => {
    const gate = new Gate();
    const address = await serveBadly((stream) => {
      stream.sendMetadata(new Metadata());
      void gate.opened.then(() => answerWell(stream));
    });
    const peer = stage.dial(address);
    const errors = await Promise.all(['a', 'b'].map((key) => failureOf(peer.fetch('g', key, { timeoutMs: 30 }))));
    for (const error of errors) expect(error).toMatchObject({ code: 'deadline', answered: false });
    gate.open();
    await expectAnswer(peer, 'k');
    expect(peer.stats()).toMatchObject({ streams: 1, inFlight: 0, waiting: 0 });
  });

  test('and reads nothing holds up no more calls than may be in flight and wait', async () => {
    const address = await serveBadly((stream) => stream.pause().sendMetadata(new Metadata()));
    const peer = stage.dial(address, { maxInFlight: 20, maxWaiting: 20 });
    const value = Buffer.alloc(MIB / 4);
    const write = () => peer.write('g', { op: 'set', key: 'k', value }, { timeoutMs: 500 });
    const errors = await Promise.all(Array.from({ length: 50 }, () => failureOf(write())));
    const codes = errors.map((error) => (error as { code: string }).code);
    expect(codes).toEqual([...Array(40).fill('deadline'), ...Array(10).fill('overloaded')]);
    expect(peer.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  // What memory that takes is measured in unread-memory.faults.test.ts.
  test('and reads nothing is sent no more requests than are under way, however many callers come and go', async () => {
    const address = await serveBadly((stream) => stream.pause().sendMetadata(new Metadata()));
    const peer = stage.dial(address);
    for (let round = 0; round < 12; round++) {
      const write = () => peer.write('g', { op: 'set', key: 'k', value: Buffer.alloc(MIB) }, { timeoutMs: 20 });
      await Promise.all(Array.from({ length: 16 }, () => failureOf(write())));
    }
    const { requests, inFlight, waiting } = peer.stats();
    expect(requests).toBeLessThanOrEqual(48); // of 192: 16 may be in flight, and as many are with grpc-js and in the window
    expect([inFlight, waiting]).toEqual([0, 0]);
  });
});

describe('a server that ends its stream', () => {
  test.each<[string, (stream: RawStream) => void, RegExp]>([
    ['as if all was well', (stream) => stream.end(), /OK/],
    ['with a status', (stream) => stream.emit('error', { code: status.INTERNAL, details: 'mad' }), /INTERNAL.*mad/],
    ['with NOT_FOUND', (stream) => stream.emit('error', { code: status.NOT_FOUND, details: '' }), /NOT_FOUND/],
    ['with a status there is not', (stream) => stream.emit('error', { code: 999, details: 'x' }), /999/],
  ])('%s has calls fail unanswered, and the next is answered on another', async (_, end, reason) => {
    const peer = stage.dial(await whenAsked(end));
    const error = await failureOf(peer.fetch('g', 'k', WITHIN));
    expect(error).toMatchObject({ ...UNANSWERED, message: expect.stringMatching(reason) });
    await expectAnswer(peer, 'k');
    expect(peer.stats().streams).toBe(2);
  });
});
