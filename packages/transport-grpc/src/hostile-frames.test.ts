// What is wrong below the messages of a pipe: gRPC's framing of them, and HTTP/2. Most of it grpc-js and Node.js answer; a test
// that fails after an upgrade of either tells that they no longer do.

import { gzipSync } from 'node:zlib';

import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';

import { serveBeside } from './testing/bystander.js';
import { framed, Http2Pipe } from './testing/http2-pipe.js';
import * as http2 from './testing/http2-socket.js';
import { firstRequests, getEntry } from './testing/pipe-bytes.js';
import { eventually, Gate, Stage, text } from './testing/stage.js';

const MIB = 1024 * 1024;

const stage = new Stage();
const echo = async (key: string) => Buffer.from(key);
const get = firstRequests(getEntry(1, 'k'));
const { frame, Http2Socket, openPipe } = http2;
const SOON_SILENT = { keepaliveTimeMs: 100, keepaliveTimeoutMs: 2_000 };

describe('a gRPC message', () => {
  test('that is cut off with its connection is forgotten, with what was in flight on it', async () => {
    const gate = new Gate();
    stage.atEnd(gate.open);
    const slow = async (key: string) => {
      await gate.opened;
      return Buffer.from(key);
    };
    const { server, group, bystander } = await serveBeside(stage, slow, { drainTimeoutMs: 60_000 });
    const cut = new Http2Pipe(stage, server.port, { service: 'peer' });
    cut.send(framed(get), framed(get, { length: 1_000 }));
    await eventually(() => expect(group.stats().serves).toBe(1));
    cut.session.destroy();
    await bystander.noticedNothing();
    await server.drain();
    gate.open();
  });

  test('that is cut off by the end of its stream is not answered, and the stream ends', async () => {
    const { server, group, bystander } = await serveBeside(stage, echo);
    const cut = new Http2Pipe(stage, server.port, { service: 'peer' });
    cut.send(framed(get), framed(get).subarray(0, -1));
    cut.stream.end();
    expect(await cut.ended).toMatchObject({ code: status.OK }); // grpc-js says no more of it
    expect(cut.responses.map(({ value }) => text(value))).toEqual(['k']);
    expect(group.stats().serves).toBe(1);
    await bystander.noticedNothing();
  });

  test('that comes a byte at a time is answered', async () => {
    const { server } = await serveBeside(stage, echo);
    const slow = new Http2Pipe(stage, server.port);
    for (const byte of framed(get)) {
      await new Promise((resolve) => slow.stream.write(Buffer.of(byte), resolve));
    }
    expect((await slow.received(1)).map(({ value }) => text(value))).toEqual(['k']);
  });

  test.each<[string, Record<string, string>, Buffer, status, RegExp]>([
    ['says that it has 4 GiB', {}, framed(get, { length: 2 ** 32 - 1 }), status.RESOURCE_EXHAUSTED, /4294967295/],
    ['is packed as nobody knows', { 'grpc-encoding': 'zip' }, compressed(get), status.UNIMPLEMENTED, /zip/],
    ['is not packed as it says', { 'grpc-encoding': 'gzip' }, compressed(get), status.INTERNAL, /decompress/],
    [
      'is packed a thousandfold',
      { 'grpc-encoding': 'gzip' },
      compressed(gzipSync(Buffer.alloc(64 * MIB))),
      status.RESOURCE_EXHAUSTED,
      /decompresses to a size larger than 5242880/,
    ],
  ])('that %s ends its stream, which says why', async (_, headers, wrong, code, reason) => {
    const { server, bystander } = await serveBeside(stage, echo);
    const one = new Http2Pipe(stage, server.port, { headers });
    one.send(framed(get));
    await one.received(1);
    one.send(wrong);
    expect(await one.ended).toEqual({ code, details: expect.stringMatching(reason) });
    await bystander.noticedNothing();
  });

  test('that says it is packed, on a stream that does not say how, is taken as it is', async () => {
    const { server, bystander } = await serveBeside(stage, echo);
    const one = new Http2Pipe(stage, server.port);
    one.send(compressed(get));
    expect((await one.received(1)).map(({ value }) => text(value))).toEqual(['k']);
    await bystander.noticedNothing();
  });

  test('that is packed as it says is answered', async () => {
    const { server } = await serveBeside(stage, echo);
    const one = new Http2Pipe(stage, server.port, { headers: { 'grpc-encoding': 'gzip' } });
    one.send(compressed(gzipSync(get)));
    expect((await one.received(1)).map(({ value }) => text(value))).toEqual(['k']);
  });
});

describe('a connection', () => {
  test.each<[string, Buffer[]]>([
    ['noise after its beginning', [Buffer.alloc(4_096, 0xa5)]],
    ['noise after the beginning of a pipe', [openPipe(1), Buffer.alloc(4_096, 0xa5)]],
    ['data of no stream', [frame(http2.DATA, 0, 0, framed(get))]],
    ['data of a stream that was not opened', [frame(http2.DATA, 0, 9, framed(get))]],
    ['a stream with a server’s number', [openPipe(2)]],
    ['headers that cannot be read', [frame(http2.HEADERS, http2.END_HEADERS, 1, Buffer.alloc(20, 0xff))]],
    ['headers that do not end', [frame(http2.HEADERS, 0, 1, http2.headerBlock({ a: 'b' })), ...many(moreHeaders)]],
    ['a frame over the limit', [openPipe(1), frame(http2.DATA, 0, 1, Buffer.alloc(20_000))]],
    ['settings cut short', [frame(http2.SETTINGS, 0, 0, Buffer.alloc(5))]],
    ['a flood of settings', many(() => frame(http2.SETTINGS, 0, 0))],
    ['a flood of pings', many(() => frame(http2.PING, 0, 0, Buffer.alloc(8)))],
    ['a flood of empty data', [openPipe(1), ...many(() => frame(http2.DATA, 0, 1))]],
    ['a flood of streams given up', many(givenUp)],
  ])('with %s is told to go away, and the others are not', async (_, frames) => {
    const { server, bystander } = await serveBeside(stage, echo, { closeTimeoutMs: 50 }); // some hold on to it at the end
    const socket = new Http2Socket(stage, server.port);
    socket.send(...frames);
    await Promise.race([socket.closed, socket.received(({ type }) => type === http2.GOAWAY)]);
    await bystander.noticedNothing();
  });

  test('that was told to go away and does not is closed when it gives no sign of life', async () => {
    const { server, bystander } = await serveBeside(stage, echo, SOON_SILENT);
    const socket = new Http2Socket(stage, server.port);
    socket.send(openPipe(1), frame(http2.DATA, 0, 9, framed(get)));
    await socket.closed;
    await bystander.noticedNothing();
  });

  // In the first eight bytes of a frame Node.js 20 does not notice it: there it is the sign of life that is missed.
  test('cut after any part of what it says leaves nothing behind', async () => {
    const { server, bystander } = await serveBeside(stage, echo, { ...SOON_SILENT, drainTimeoutMs: 60_000 });
    const said = Buffer.concat([openPipe(1), frame(http2.DATA, 0, 1, framed(get))]);
    for (let length = 0; length <= said.length; length += 3) {
      const socket = new Http2Socket(stage, server.port);
      socket.send(said.subarray(0, length));
      await socket.received(({ type }) => type === http2.SETTINGS);
      socket.socket.destroy();
      await socket.closed;
    }
    await bystander.noticedNothing();
    await server.drain();
  });

  test('with more streams than it may have is refused those, and answered on the others', async () => {
    const { server, bystander } = await serveBeside(stage, echo, { maxStreamsPerConnection: 10 });
    const socket = new Http2Socket(stage, server.port);
    const streams = Array.from({ length: 200 }, (_, i) => 2 * i + 1);
    for (const stream of streams) socket.send(openPipe(stream), frame(http2.DATA, 0, stream, framed(get)));
    const outcomes = streams.map(async (stream) => {
      const { type, payload } = await socket.received(
        (some) => some.stream === stream && (some.type === http2.DATA || some.type === http2.RST_STREAM),
      );
      return type === http2.DATA ? 'answered' : `reset with ${payload.readUInt32BE()}`;
    });
    const REFUSED_STREAM = 7;
    expect(await Promise.all(outcomes)).toEqual([
      ...Array(10).fill('answered'),
      ...Array(190).fill(`reset with ${REFUSED_STREAM}`),
    ]);
    await bystander.noticedNothing();
  });
});

function compressed(contents: Uint8Array): Buffer {
  return framed(contents, { compressed: 1 });
}

function many(what: (i: number) => Buffer): Buffer[] {
  return Array.from({ length: 20_000 }, (_, i) => what(i));
}

function moreHeaders(i: number): Buffer {
  return frame(http2.CONTINUATION, 0, 1, http2.headerBlock({ [`x-${i}`]: 'y'.repeat(100) }));
}

function givenUp(i: number): Buffer {
  const CANCEL = 8;
  const stream = 2 * i + 1;
  return Buffer.concat([openPipe(stream), frame(http2.RST_STREAM, 0, stream, Buffer.from([0, 0, 0, CANCEL]))]);
}
