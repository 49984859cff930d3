// Clients that do not read their answers, or ask for more than they could: what a server keeps for them is bounded, and they
// harm nobody but themselves.

import { describe, expect, test } from '@jest/globals';
import type { Group } from '@ringcache/cache-core';

import { type Bystander, serveBeside } from './testing/bystander.js';
import { framed, Http2Pipe } from './testing/http2-pipe.js';
import { firstRequests, getEntry } from './testing/pipe-bytes.js';
import { eventually, Stage, text } from './testing/stage.js';
import { bytes } from './testing/wire-bytes.js';

const KIB = 1024;
const MIB = 1024 * KIB;
// Messages that are taken from a client that reads nothing: grpc-js has room for 16 each way, and some are on their way.
const MAX_UNREAD_MESSAGES = 64;
// What may wait for one client, in bytes: a few of the largest messages. The memory that this takes, with what the group holds,
// is measured in unread-memory.faults.test.ts.
const MAX_UNREAD_BYTES = 64 * MIB;
const GROUP_BYTES = 4 * MIB;

const stage = new Stage();
const echo = async (key: string) => Buffer.from(key);

/** A client of the Peer service whose window is shut until it is told to read. */
function unreading(port: number): Http2Pipe & { read(): void } {
  const pipe = new Http2Pipe(stage, port, { service: 'peer', settings: { initialWindowSize: 0 } });
  return Object.assign(pipe, { read: () => pipe.session.settings({ initialWindowSize: 16 * MIB }) });
}

/** How many requests of peers it has begun, once it begins no more though there is time: others are answered meanwhile. */
async function servesWhenStill(group: Group, bystander: Bystander): Promise<number> {
  await eventually(() => expect(group.stats().serves).toBeGreaterThan(0));
  for (let before = 0; ; ) {
    await bystander.works();
    const { serves } = group.stats();
    if (serves === before) return serves;
    before = serves;
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a client that reads nothing', () => {
  test('gets so many messages through and no more; when it reads, every answer comes', async () => {
    const messages = 500;
    const { server, group, bystander } = await serveBeside(stage, async () => Buffer.alloc(16 * KIB));
    const unread = unreading(server.port);
    for (let id = 1; id <= messages; id++) {
      unread.send(framed(firstRequests(getEntry(id, 'k'))));
      await turn(); // what comes in one turn is answered in one message
    }
    const taken = await servesWhenStill(group, bystander);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(MAX_UNREAD_MESSAGES);
    unread.read();
    const ids = (await unread.received(messages)).map(({ id }) => id).sort((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: messages }, (_, i) => i + 1));
    await bystander.noticedNothing();
  });

  test('keeps most of its bytes on its own side; when it reads, every answer comes', async () => {
    const messages = 400;
    const { server, group, bystander } = await serveBeside(stage, async () => Buffer.alloc(16 * KIB));
    const unread = unreading(server.port);
    const filling = bytes(15, Buffer.alloc(16 * KIB));
    for (let id = 1; id <= messages; id++) unread.send(framed(firstRequests(getEntry(id, 'k', filling))));
    expect(await servesWhenStill(group, bystander)).toBeLessThanOrEqual(MAX_UNREAD_MESSAGES);
    expect(unread.stream.writableLength).toBeGreaterThan(5 * MIB); // of 6.25
    unread.read();
    expect(await unread.received(messages)).toHaveLength(messages);
    await bystander.noticedNothing();
  });

  test('has no more in flight than anybody, though it asks in one message; when it reads, every answer comes', async () => {
    const { server, group, bystander } = await serveBeside(stage, echo, { maxInFlightPerStream: 100 });
    const unread = unreading(server.port);
    const hundred = (first: number) => Array.from({ length: 100 }, (_, i) => getEntry(first + i, `k${first + i}`));
    unread.send(framed(firstRequests(...hundred(1))), framed(firstRequests(...hundred(101))));
    const taken = await servesWhenStill(group, bystander);
    expect(taken).toBeGreaterThanOrEqual(100);
    unread.read();
    const answers = await unread.received(200);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(200);
    for (const { id, error, value } of answers) {
      if (error === undefined) expect(text(value)).toBe(`k${id}`);
      else expect(error.code).toBe('overloaded');
    }
    expect(group.stats().serves).toBe(answers.filter(({ error }) => error === undefined).length);
    await bystander.noticedNothing();
  });

  test('does not keep a server from closing', async () => {
    const { server, group, bystander } = await serveBeside(stage, async () => Buffer.alloc(MIB), {
      drainTimeoutMs: 50,
      closeTimeoutMs: 50,
    });
    const unread = unreading(server.port);
    for (let id = 1; id <= 100; id++) unread.send(framed(firstRequests(getEntry(id, 'k'))));
    await servesWhenStill(group, bystander);
    await bystander.noticedNothing();
    await server.drain();
    await server.close();
  });

  // Answers are bounded by their number alone: 16,384 of 4 MiB are 64 GiB, of one message of a client.
  test.each(['heap', 'slabs'] as const)('has few bytes waiting for it, loaded into %s', async (store) => {
    const load = async () => Buffer.alloc(256 * KIB);
    const { server, group, bystander } = await serveBeside(stage, load, {}, { store, maxBytes: GROUP_BYTES });
    const unread = unreading(server.port);
    unread.send(framed(firstRequests(...Array.from({ length: 512 }, (_, i) => getEntry(i, `k${i}`)))));
    await servesWhenStill(group, bystander);
    unread.read();
    const answers = await unread.received(512);
    const valueBytes = answers.reduce((sum, { value }) => sum + value.length, 0); // of 128 MiB
    expect(valueBytes).toBeGreaterThan(0);
    expect(valueBytes).toBeLessThan(MAX_UNREAD_BYTES);
    for (const { error } of answers.filter(({ value }) => value.length === 0)) expect(error?.code).toBe('overloaded');
    await bystander.noticedNothing();
  });
});

describe('a client with very many streams', () => {
  test('is answered on each, and leaves nothing behind when it goes', async () => {
    const { server, bystander } = await serveBeside(stage, echo, { drainTimeoutMs: 60_000 });
    const first = new Http2Pipe(stage, server.port);
    const more = Array.from({ length: 500 }, () => new Http2Pipe(stage, server.port, { session: first.session }));
    const all = [first, ...more];
    for (const [i, one] of all.entries()) one.send(framed(firstRequests(getEntry(i, `k${i}`))));
    for (const [i, one] of all.entries()) expect(text((await one.received(1))[0]!.value)).toBe(`k${i}`);
    await bystander.works();
    first.session.destroy();
    await bystander.noticedNothing();
    await server.drain();
  });

  test('that come and go leaves nothing behind', async () => {
    const { server, bystander } = await serveBeside(stage, echo, { drainTimeoutMs: 60_000 });
    const first = new Http2Pipe(stage, server.port);
    for (let round = 0; round < 200; round++) {
      const one = new Http2Pipe(stage, server.port, { session: first.session });
      one.send(framed(firstRequests(getEntry(1, 'k'))));
      if (round % 2 === 0) await one.received(1);
      one.stream.close();
    }
    first.send(framed(firstRequests(getEntry(1, 'k'))));
    expect(text((await first.received(1))[0]!.value)).toBe('k');
    first.session.destroy();
    await bystander.noticedNothing();
    await server.drain();
  });
});
