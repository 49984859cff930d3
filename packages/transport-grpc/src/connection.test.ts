import { connect as connectTcp, type Socket } from 'node:net';

import { describe, expect, test } from '@jest/globals';

import { RawPipe } from './testing/raw-pipe.js';
import { eventually, failureOf, Gate, Stage, text, WITHIN } from './testing/stage.js';

const stage = new Stage();
const echo = async (key: string) => Buffer.from(key);
const PATIENTLY = { timeoutMs: 3_600_000 }; // over the test's own limit: it is not by this that a call ends

/** Passes connections through to a server, until told to cut them or to go silent. */
async function relay(port: number, onAnswer: (bytes: Buffer) => void = () => {}) {
  const sockets = new Set<Socket>();
  const { address } = await stage.listen((socket) => {
    const onward = connectTcp(port, '127.0.0.1');
    sockets.add(socket).add(onward);
    onward.on('error', () => {});
    socket.pipe(onward).pipe(socket);
    onward.on('data', onAnswer); // after it was passed on
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  });
  return {
    address,
    cut: () => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    silence: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

describe('a connection', () => {
  test('that breaks in the middle rejects what is in flight, and the next call makes another', async () => {
    const gate = new Gate();
    const { server } = await stage.serve(async (key) => {
      if (key.startsWith('slow')) await gate.opened;
      return Buffer.from(key);
    });
    stage.atEnd(gate.open);
    const between = await relay(server.port);
    const peer = stage.dial(between.address);
    const broken = ['slow-1', 'slow-2'].map((key) => failureOf(peer.fetch('g', key, WITHIN)));
    await peer.fetch('g', 'quick', WITHIN);
    between.cut();
    for (const error of await Promise.all(broken))
      expect(error).toMatchObject({ code: 'unavailable', answered: false });
    expect(text((await eventually(() => peer.fetch('g', 'k', WITHIN))).value)).toBe('k');
    expect(peer.stats().streams).toBeGreaterThanOrEqual(2);
  });

  test('that goes silent is noticed by its keepalive, not by the calls that time out', async () => {
    const gate = new Gate();
    const { server } = await stage.serve(async (key) => {
      if (key === 'slow') await gate.opened;
      return Buffer.from(key);
    });
    stage.atEnd(gate.open);
    const between = await relay(server.port);
    const peer = stage.dial(between.address, { keepaliveTimeMs: 50, keepaliveTimeoutMs: 1_000 });
    const slow = failureOf(peer.fetch('g', 'slow', PATIENTLY));
    await peer.fetch('g', 'quick', WITHIN);
    between.silence();
    expect(await slow).toMatchObject({ code: 'unavailable', answered: false });
  });

  test('has brought an answer in time if it lies in the socket after a pause of the whole process', async () => {
    const { server } = await stage.serve(echo);
    let deadline = Number.POSITIVE_INFINITY;
    let passedAt = 0;
    const between = await relay(server.port, (bytes) => {
      if (!bytes.includes('needle')) return;
      passedAt = performance.now();
      while (performance.now() < deadline + 100);
    });
    const peer = stage.dial(between.address);
    await peer.fetch('g', 'warm', WITHIN);
    // Where the machine is busy the answer may come too late by itself; then a longer time is taken.
    for (let timeoutMs = 100; ; timeoutMs *= 2) {
      deadline = performance.now() + timeoutMs;
      const outcome = peer.fetch('g', `needle ${timeoutMs}`, { timeoutMs }).then(({ value }) => text(value), String);
      await eventually(() => expect(passedAt).toBeGreaterThan(deadline - timeoutMs));
      if (passedAt > deadline) continue;
      expect(await outcome).toBe(`needle ${timeoutMs}`);
      break;
    }
  });

  test('to what accepts and never answers is given up soon, closed, and made again once somebody answers', async () => {
    const closed = new Gate();
    const {
      address,
      port,
      server: hole,
    } = await stage.listen((socket) => {
      socket.resume();
      socket.on('close', closed.open);
    });
    const peer = stage.dial(address, { connectTimeoutMs: 100 });
    const client = stage.connect(address, { connectTimeoutMs: 100 });
    const calls = [
      peer.fetch('g', 'k', PATIENTLY),
      peer.fetch('g', 'k', PATIENTLY),
      client.get('g', 'k', PATIENTLY),
      client.members(PATIENTLY),
    ];
    for (const call of calls.map(failureOf)) expect(await call).toMatchObject({ code: 'unavailable', answered: false });
    await closed.opened;
    await new Promise((resolve) => hole.close(resolve));
    await stage.serve(echo, { address: `127.0.0.1:${port}` });
    expect(text((await eventually(() => peer.fetch('g', 'k', WITHIN))).value)).toBe('k');
    const members = await eventually(() => client.members({ ...WITHIN, requestId: '请求' }));
    expect(members.self).toBe('served');
  });

  test('to a server of something else fails as unavailable', async () => {
    const { address } = await stage.listen((socket) => socket.end('220 mail.example ESMTP\r\n'));
    const peer = stage.dial(address);
    expect(await failureOf(peer.fetch('g', 'k', WITHIN))).toMatchObject({ code: 'unavailable', answered: false });
  });

  test.each([
    ['', 'served has no gRPC address'],
    ['127.0.0.1:notaport', 'served'],
    ['::::', 'served'],
    ['127.0.0.1:1', 'ECONNREFUSED'],
  ])('to %j fails as unavailable, and says so', async (address, message) => {
    const peer = stage.dial(address);
    const error = await failureOf(peer.fetch('g', 'k', WITHIN));
    expect(error).toMatchObject({ code: 'unavailable', answered: false, message: expect.stringContaining(message) });
  });

  test('is not made before the first call, and is gone when the client is closed', async () => {
    let connections = 0;
    const closed = new Gate();
    const { server } = await stage.serve(echo);
    const { address } = await stage.listen((socket) => {
      connections++;
      const onward = connectTcp(server.port, '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      socket.on('close', closed.open);
    });
    const peer = stage.dial(address);
    await new Promise((resolve) => setImmediate(resolve));
    expect(connections).toBe(0);
    await peer.fetch('g', 'k', WITHIN);
    await peer.close();
    await closed.opened;
    expect(connections).toBe(1);
    await peer.close();
  });

  test('closed while it is being made leaves nothing behind', async () => {
    const closed = new Gate();
    const { address } = await stage.listen((socket) => socket.resume().on('close', closed.open));
    const peer = stage.dial(address);
    const call = failureOf(peer.fetch('g', 'k', WITHIN));
    await eventually(() => expect(peer.stats().streams).toBe(1));
    await peer.close();
    expect(await call).toMatchObject({ code: 'unavailable', answered: false });
  });
});

describe('a server', () => {
  test.each([
    ['noise', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + 31) % 256))],
    ['HTTP/1', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a good beginning and then noise', Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'x'.repeat(1000)}`)],
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
  ])('that is sent %s closes that connection, and serves the others', async (_, bytes) => {
    const { server } = await stage.serve(echo);
    const client = stage.connect(server.address);
    await client.get('g', 'before', WITHIN);
    const socket = connectTcp(server.port, '127.0.0.1');
    stage.atEnd(() => socket.destroy());
    socket.on('error', () => {}).resume();
    socket.end(bytes);
    await new Promise((resolve) => socket.on('close', resolve));
    expect(text((await client.get('g', 'after', WITHIN)).value)).toBe('after');
    expect(client.stats().streams).toBe(1);
  });

  test('whose client vanishes in the middle drops its answers, and serves the others', async () => {
    const gate = new Gate();
    const { server, group } = await stage.serve(async (key) => {
      await gate.opened;
      return Buffer.from(key);
    });
    const raw = new RawPipe(stage, server.address);
    raw.send({ id: 1, key: 'a' }, { id: 2, key: 'b' });
    const client = stage.connect(server.address);
    const call = client.get('g', 'a', WITHIN);
    await eventually(() => expect(group.stats().gets).toBe(3));
    raw.stream.cancel();
    await raw.ended;
    gate.open();
    expect(text((await call).value)).toBe('a');
  });
});
