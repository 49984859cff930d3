import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { MAX_VIEW_MEMBERS } from '@ringcache/cache-core';
import { type membership, pipe } from '@ringcache/proto';

import { serveBeside } from './testing/bystander.js';
import { firstRequests, getEntry } from './testing/pipe-bytes.js';
import { ADDRESSEE, RawPipe } from './testing/raw-pipe.js';
import { eventually, Gate, Stage, text, WITHIN } from './testing/stage.js';
import { bytes, fixed64, message, number, tag, varint } from './testing/wire-bytes.js';

const MIB = 1024 * 1024;
const MAX_MESSAGE_BYTES = 5 * MIB; // by default

const M = memberWith({});
const ENDLESS = memberWith({ weight: Number.POSITIVE_INFINITY });

const stage = new Stage();
const echo = async (key: string) => Buffer.from(key);

function slowly() {
  const gate = new Gate();
  stage.atEnd(gate.open);
  const load = async (key: string) => {
    if (key.startsWith('slow')) await gate.opened;
    return Buffer.from(key);
  };
  return { gate, load };
}

describe('a client that sends what is no message', () => {
  test.each<[string, Buffer, RegExp]>([
    ['noise', Buffer.from([0xff, 0xfe, 0xfd, 0x00, 0x9c, 0x17, 0x80]), /no such wire type|no end/],
    ['text', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /wire type|no end|longer/],
    ['zeros', Buffer.alloc(100), /no number/],
    ['a number of eleven bytes', message(tag(1, 0), Buffer.alloc(10, 0x80), varint(0)), /no end/],
    ['a tag with no end', Buffer.alloc(12, 0xff), /no end/],
    ['a length with no end', message(tag(2, 2), Buffer.alloc(12, 0xff)), /no end/],
    ['a request longer than its message', message(tag(2, 2), varint(100), Buffer.alloc(99)), /longer/],
    ['a request of 4 GiB', message(tag(2, 2), varint(2 ** 32 - 1), Buffer.alloc(99)), /longer/],
    ['a key longer than its request', bytes(2, number(1, 1), tag(4, 2), varint(50), 'k'), /longer/],
    ['an exchange longer than its request', bytes(2, number(1, 1), tag(10, 2), varint(50), 'k'), /longer/],
    ['a member longer than its exchange', bytes(2, number(1, 1), bytes(10, tag(1, 2), varint(50), 'm')), /longer/],
    ['an id longer than its member', bytes(2, number(1, 1), bytes(10, bytes(1, tag(1, 2), varint(50), 'm'))), /longer/],
    ['a view longer than its exchange', bytes(2, number(1, 1), bytes(10, tag(3, 2), varint(50), 'v')), /longer/],
    ['a group within a view', bytes(2, number(1, 1), bytes(10, bytes(3, tag(4, 3)))), /wire type: 3/],
    ['half a weight', bytes(2, number(1, 1), bytes(10, bytes(1, fixed64(4, 1).subarray(0, 5)))), /longer/],
    [
      'a view whose number is over 2^53 - 1',
      bytes(2, number(1, 1), bytes(10, bytes(3, number(3, 2n ** 53n)))),
      /2\^53/,
    ],
    ['members without end', exchangeOf(4, MAX_VIEW_MEMBERS + 1), /more than 10000 members/],
    ['members before without end', exchangeOf(5, MAX_VIEW_MEMBERS + 1), /more than 10000 members/],
    [
      'heard members without end',
      bytes(2, number(1, 1), bytes(10, Buffer.alloc(2 * MIB, bytes(5)))),
      /more than 10000/,
    ],
    ['a group that begins', message(tag(2, 3), number(1, 1)), /wire type: 3/],
    ['a group that ends', message(tag(2, 4)), /wire type: 4/],
    ['a group that ends within a request', bytes(2, number(1, 1), tag(2, 4)), /wire type: 4/],
    ['the wire type 6', message(tag(2, 6), number(1, 1)), /wire type: 6/],
    ['the wire type 7 within a request', bytes(2, tag(4, 7)), /wire type: 7/],
    ['half a fixed number', bytes(2, fixed64(15, 1).subarray(0, 5)), /longer/],
    ['a time to live over 2^53 - 1', bytes(2, number(1, 1), number(6, 2n ** 53n)), /2\^53/],
  ])('gets its stream ended for %s, and hears why', async (_, wrong, reason) => {
    const { server, bystander } = await serveBeside(stage, echo);
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(firstRequests(getEntry(1, 'before')));
    await raw.received(1);
    raw.sendBytes(wrong);
    expect(await raw.ended).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringMatching(reason) });
    await bystander.noticedNothing();
  });

  test('gets its stream ended wherever a message is cut short', async () => {
    const { server, bystander } = await serveBeside(stage, echo);
    const whole = bytes(
      2,
      number(1, 300),
      number(2, 1),
      bytes(3, 'g'),
      bytes(4, '张三'),
      bytes(10, bytes(1, bytes(1, 'm'))),
    );
    for (let length = 1; length < whole.length; length++) {
      const raw = new RawPipe(stage, server.address);
      raw.sendBytes(firstRequests());
      raw.sendBytes(whole.subarray(0, length));
      expect(await raw.ended).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(raw.responses).toEqual([]);
    }
    await bystander.noticedNothing();
  });

  test.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /protocol 0 .* 1 is/],
    ['requests alone', getEntry(1, 'k'), /protocol 0 .* 1 is/],
    ['another protocol', message(number(1, 2), getEntry(1, 'k')), /protocol 2 .* 1 is/],
    ['a protocol in bytes', message(bytes(1, '1'), getEntry(1, 'k')), /protocol 0 .* 1 is/],
    ['a protocol of 64 bits', message(number(1, 2n ** 32n - 1n), getEntry(1, 'k')), /protocol 4294967295/],
  ])('gets its stream ended if it begins with %s', async (_, first, reason) => {
    const { server, group, bystander } = await serveBeside(stage, echo);
    const raw = new RawPipe(stage, server.address, 'peer');
    raw.sendBytes(first);
    raw.sendBytes(firstRequests(getEntry(2, 'k')));
    expect(await raw.ended).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringMatching(reason) });
    expect(group.stats().serves).toBe(0);
    await bystander.noticedNothing();
  });

  test('may send messages that say nothing, once it has said its protocol', async () => {
    const { server } = await serveBeside(stage, echo);
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(firstRequests());
    for (let times = 0; times < 1_000; times++) raw.sendBytes(Buffer.alloc(0));
    raw.sendBytes(getEntry(1, 'k'));
    expect((await raw.received(1)).map(({ value }) => text(value))).toEqual(['k']);
  });

  test('leaves nothing behind: a drain waits for none of its streams', async () => {
    const { gate, load } = slowly();
    const { server, group } = await stage.serve(load, { drainTimeoutMs: 60_000 }, { flightTimeoutMs: 60_000 });
    for (const last of [Buffer.from([0x80]), Buffer.alloc(MAX_MESSAGE_BYTES + 1), undefined]) {
      const raw = new RawPipe(stage, server.address, 'peer');
      const { serves } = group.stats();
      raw.sendBytes(firstRequests(getEntry(1, 'slow')));
      await eventually(() => expect(group.stats().serves).toBe(serves + 1));
      if (last === undefined) raw.stream.cancel();
      else raw.sendBytes(last);
      await raw.ended;
    }
    await server.drain();
    gate.open();
  });
});

describe('an id that is in flight', () => {
  test('is refused to another request in the same message and in the next, and answered to the first', async () => {
    const { gate, load } = slowly();
    const { server, bystander } = await serveBeside(stage, load);
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(firstRequests(getEntry(7, 'slow'), getEntry(7, 'twin'), getEntry(0, 'quick')));
    await raw.received(2);
    raw.sendBytes(getEntry(7, 'late'));
    const refused = (await raw.received(3)).filter(({ error }) => error !== undefined);
    expect(refused.map(({ id, error }) => [id, error!.code])).toEqual(Array(2).fill([7, 'invalid_argument']));
    expect(refused[0]!.error!.message).toMatch(/7 is in flight/);
    gate.open();
    const { id, value } = (await raw.received(4))[3]!;
    expect([id, text(value)]).toEqual([7, 'slow']);
    await bystander.noticedNothing();
  });

  test('is free again with its answer', async () => {
    const { server } = await serveBeside(stage, echo);
    const raw = new RawPipe(stage, server.address);
    for (const [i, key] of ['a', 'b', 'c', 'a'].entries()) {
      raw.sendBytes(firstRequests(getEntry(2 ** 32 - 1, key)));
      const { id, value } = (await raw.received(i + 1))[i]!;
      expect([id, text(value)]).toEqual([2 ** 32 - 1, key]);
    }
  });
});

// What no message can say: from a version or a time over 2^53 - 1 on.
describe('a number that is too large', () => {
  // A clock that has heard of the last version there is has none left to give.
  test('for a version, given by a peer, leaves the group writable', async () => {
    const { server } = await stage.serve(echo);
    const raw = new RawPipe(stage, server.address, 'peer');
    raw.send({ id: 1, op: pipe.Op.DROP, version: Number.MAX_SAFE_INTEGER });
    await raw.received(1);
    const client = stage.connect(server.address);
    expect(await client.write('g', { op: 'delete', key: 'k' }, WITHIN)).toMatchObject({ applied: 'all' });
  });

  test('for a time to live, given by an origin, ends no stream', async () => {
    const load = async (key: string) => (key === 'old' ? { value: Buffer.from(key), ttlMs: 1e20 } : Buffer.from(key));
    const { server } = await stage.serve(load);
    const client = stage.connect(server.address);
    const answers = await Promise.allSettled(['old', 'k'].map((key) => client.get('g', key, WITHIN)));
    expect(answers[1]).toMatchObject({ status: 'fulfilled' });
    expect(client.stats().streams).toBe(1);
  });

  // The half of an answer that was written stays in the message. What comes after is read as if it was part of it, and the
  // value, which is anybody's, as if it was an answer to somebody else.
  test('for a time to live, of what is held, has nobody else answered with its value', async () => {
    const forged = message(number(1, 2), bytes(3, 'forged'));
    const load = async (key: string) => (key === 'old' ? { value: forged, ttlMs: 1e20 } : Buffer.from(key));
    const { server, group } = await stage.serve(load);
    await Promise.all([group.get('old'), group.get('k')]);
    const raw = new RawPipe(stage, server.address);
    raw.stream.removeAllListeners('data');
    const answered = new Promise<Buffer>((resolve) => raw.stream.once('data', resolve));
    raw.send({ id: 1, key: 'old' }, { id: 2, key: 'k' });
    const { responses } = pipe.Responses.decode(await answered);
    expect(responses.map(({ id }) => id)).toEqual([1, 2]);
    expect(text(responses[1]!.value)).toBe('k');
  });
});

describe('a client that goes over a limit', () => {
  test.each<[string, Partial<pipe.Request>, string, RegExp]>([
    ['a key of 8 KiB and a byte', { key: 'k'.repeat(8 * 1024 + 1) }, 'invalid_argument', /8193 bytes.* 8192/],
    ['a key of 4 MiB', { key: 'k'.repeat(4 * MIB) }, 'invalid_argument', /4194304 bytes/],
    ['a value the group does not take', { op: pipe.Op.SET, value: Buffer.alloc(20_000) }, 'too_large', /20000 bytes/],
    ['a group of 10,000 letters', { group: 'n'.repeat(10_000) }, 'invalid_argument', /10000 bytes.* 256/],
    ['a group that is none', { group: 'none' }, 'no_such_group', /none/],
    ['an exchange that says nothing', { op: pipe.Op.EXCHANGE }, 'invalid_argument', /must be an object/],
    ['an exchange of nobody', exchanging({ from: undefined }), 'invalid_argument', /a member must be an object/],
    ['an exchange of no cluster', exchanging({ cluster: '' }), 'invalid_argument', /cluster must not be empty/],
    ['an exchange to nobody', exchanging({ to: '' }), 'invalid_argument', /to must not be empty/],
    [
      'an exchange to another process',
      exchanging({ to: 'served#before' }),
      'unavailable',
      /not served#before of cluster default/,
    ],
    [
      'an exchange of another cluster',
      exchanging({ cluster: 'other' }),
      'unavailable',
      /not served#present of cluster other/,
    ],
    ['a member with no id', exchanging({ from: memberWith({ id: '' }) }), 'invalid_argument', /id must not be empty/],
    ['a member of weight NaN', exchanging({ from: memberWith({ weight: Number.NaN }) }), 'invalid_argument', /not NaN/],
    ['a member of no weight', exchanging({ from: memberWith({ weight: 0 }) }), 'invalid_argument', /weight .* not 0/],
    [
      'a member with a huge id',
      exchanging({ from: memberWith({ id: 'x'.repeat(2 * MIB) }) }),
      'invalid_argument',
      /id has/,
    ],
    ['a view of number 0', exchanging({ view: viewWith({ number: 0 }) }), 'invalid_argument', /number .* not 0/],
    ['a view with no id', exchanging({ view: viewWith({ id: '' }) }), 'invalid_argument', /id must not be empty/],
    [
      'a view with a huge lineage',
      exchanging({ view: viewWith({ lineage: 'x'.repeat(600) }) }),
      'invalid_argument',
      /lineage/,
    ],
    [
      'a view with a member twice',
      exchanging({ view: viewWith({ members: [M, M] }) }),
      'invalid_argument',
      /"m" twice/,
    ],
    [
      'a view with an endless weight',
      exchanging({ view: viewWith({ before: [ENDLESS] }) }),
      'invalid_argument',
      /Infinity/,
    ],
  ])('with %s hears so by its id, and goes on', async (_, request, code, reason) => {
    const { server, bystander } = await serveBeside(stage, echo, {}, { maxValueBytes: 10_000 });
    const raw = new RawPipe(stage, server.address, 'peer');
    raw.send({ id: 1, ...request }, { id: 2, key: '张'.repeat(2_730) });
    const [right, wrong] = (await raw.received(2)).sort((a, b) => b.id - a.id);
    expect(wrong!.error).toMatchObject({ code, message: expect.stringMatching(reason) });
    expect(wrong!.error!.message.length).toBeLessThanOrEqual(1_024);
    expect(right!.value).toHaveLength(8_190);
    await bystander.noticedNothing();
  });

  // The port takes no larger values than its own answers could carry: such a value could never be read again over it.
  test('with a value over the server’s maxValueBytes hears so by its id', async () => {
    const { server } = await stage.serve(undefined, { maxValueBytes: 1_000 });
    const raw = new RawPipe(stage, server.address);
    raw.send({ id: 1, op: pipe.Op.SET, value: Buffer.alloc(1_001) });
    expect((await raw.received(1))[0]!.error).toMatchObject({ code: 'too_large' });
  });

  test('of the size of a message gets its stream ended; at the limit it is answered', async () => {
    const { server, bystander } = await serveBeside(stage, echo);
    const entry = getEntry(1, 'k');
    const room = MAX_MESSAGE_BYTES - firstRequests(entry).length;
    const filled = (size: number) => firstRequests(entry, bytes(15, Buffer.alloc(size - 5))); // its tag, and 4 of length
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(filled(room));
    expect(text((await raw.received(1))[0]!.value)).toBe('k');
    raw.sendBytes(filled(room + 1));
    expect(await raw.ended).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringMatching(/larger than max \(5242881 vs 5242880\)/),
    });
    await bystander.noticedNothing();
  });

  test('of entries in a message gets its stream ended; at the limit each is answered', async () => {
    const { server, bystander } = await serveBeside(stage, echo, { maxInFlightPerStream: 100 });
    const entries = (count: number) => Array.from({ length: count }, (_, i) => getEntry(i + 1, `k${i}`));
    const raw = new RawPipe(stage, server.address);
    raw.sendBytes(firstRequests(...entries(100)));
    expect((await raw.received(100)).filter(({ error }) => error !== undefined)).toEqual([]);
    raw.sendBytes(firstRequests(...entries(101)));
    expect(await raw.ended).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining('100') });
    await bystander.noticedNothing();
  });

  test('of requests in flight hears so for each by its id; those in flight are answered', async () => {
    const { gate, load } = slowly();
    const { server, bystander } = await serveBeside(stage, load, { maxInFlightPerStream: 4 });
    const raw = new RawPipe(stage, server.address);
    const entries = (...ids: number[]) => ids.map((id) => getEntry(id, `slow-${id}`));
    raw.sendBytes(firstRequests(...entries(1, 2, 3)));
    raw.sendBytes(message(...entries(4, 5, 6)));
    raw.sendBytes(message(...entries(7)));
    const refused = await raw.received(3);
    expect(refused.map(({ id, error }) => [id, error?.code])).toEqual([5, 6, 7].map((id) => [id, 'overloaded']));
    gate.open();
    const answered = (await raw.received(7)).slice(3).map(({ id, value }) => [id, text(value)]);
    expect(answered.sort()).toEqual([1, 2, 3, 4].map((id) => [id, `slow-${id}`]));
    raw.sendBytes(message(...entries(5, 6, 7)));
    expect((await raw.received(10)).slice(7).filter(({ error }) => error !== undefined)).toEqual([]);
    await bystander.noticedNothing();
  });

  // Timers of Node.js take 31 bits: a longer time is over after 1 ms.
  test.each([2 ** 31, 2 ** 32 - 1])('of a timer, with a timeout of %d ms, is waited for', async (timeoutMs) => {
    const { gate, load } = slowly();
    const { server, bystander } = await serveBeside(stage, load);
    const raw = new RawPipe(stage, server.address);
    raw.send({ id: 1, key: 'slow', timeoutMs });
    await bystander.works();
    gate.open();
    expect((await raw.received(1))[0]!.error).toBeUndefined();
  });
});

describe('a stream of Peer that is meant for another process', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['says nothing of whom it is meant for', {}, /must say whom it is meant for: ringcache-cluster and ringcache-to/],
    ['names no cluster', { 'ringcache-to': 'served#present' }, /must say whom/],
    ['names no member', { 'ringcache-cluster': 'default' }, /must say whom/],
    ['names nobody', { ...ADDRESSEE, 'ringcache-to': '' }, /must say whom/],
    ['names another member', { ...ADDRESSEE, 'ringcache-to': 'other#present' }, /not other#present of cluster default/],
    [
      'names an earlier process',
      { ...ADDRESSEE, 'ringcache-to': 'served#before' },
      /not served#before of cluster default/,
    ],
    ['names the member without a key', { ...ADDRESSEE, 'ringcache-to': 'served' }, /not served of cluster default/],
    ['names another cluster', { ...ADDRESSEE, 'ringcache-cluster': 'other' }, /not served#present of cluster other/],
    ['names a member in half an escape', { ...ADDRESSEE, 'ringcache-to': 'served%2' }, /not percent-encoded UTF-8/],
    [
      'names a member in what is no UTF-8',
      { ...ADDRESSEE, 'ringcache-to': '%ff#present' },
      /not percent-encoded UTF-8/,
    ],
    ['names a member with a huge id', { ...ADDRESSEE, 'ringcache-to': 'x'.repeat(8_000) }, /this process is not x+/],
  ])('is ended if it %s, says why, and nothing of it is done', async (_, names, reason) => {
    const { server, group, bystander } = await serveBeside(stage, echo);
    const raw = new RawPipe(stage, server.address, 'peer', names);
    raw.send({ id: 1 }, { id: 2, op: pipe.Op.SET, value: Buffer.from('v') });
    const { code, details, metadata } = await raw.ended;
    expect([code, metadata.get('ringcache-code')]).toEqual([status.UNAVAILABLE, ['misdirected']]);
    expect(details).toMatch(reason);
    expect(details.length).toBeLessThanOrEqual(1_024);
    expect(raw.responses).toEqual([]);
    expect([group.stats().serves, group.peek('k')]).toEqual([0, undefined]);
    await bystander.noticedNothing();
  });

  test('is taken if it names the member in escapes, or whichever process has the id', async () => {
    const { server } = await stage.serve(echo);
    for (const to of ['%73erved%23present', 'served#']) {
      const raw = new RawPipe(stage, server.address, 'peer', { ...ADDRESSEE, 'ringcache-to': to });
      raw.send({ id: 1 });
      expect((await raw.received(1))[0]!.error).toBeUndefined();
    }
  });
});

function memberWith(fields: Partial<membership.ViewMember>): membership.ViewMember {
  return { id: 'm', grpc: '', http: '', weight: 1, incarnation: 'a', ...fields };
}

function viewWith(fields: Partial<membership.View>): membership.View {
  return { id: '1/m', lineage: 'm', number: 1, members: [], before: [], armed: true, ...fields };
}

function exchanging(fields: Partial<membership.ExchangeRequest>): Partial<pipe.Request> {
  const flags = { isActive: false, isSettled: true, isLeaving: false, isGone: false };
  const addressed = { cluster: 'default', to: 'served#present', hashing: 'ringcache/8192' };
  const exchange = { from: memberWith({}), viewId: '', view: undefined, hears: [], ...flags, ...addressed, ...fields };
  return { op: pipe.Op.EXCHANGE, exchange };
}

/** With a view that has so many empty entries in a field. */
function exchangeOf(field: number, entries: number): Buffer {
  return bytes(2, number(1, 1), bytes(10, bytes(3, Buffer.alloc(2 * entries, bytes(field)))));
}
