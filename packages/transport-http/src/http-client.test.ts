import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';

import { connectHttp } from './connect.js';
import { dialHttp } from './dial.js';
import { HttpClient, type HttpClientOptions } from './http-client.js';
import { keyPath } from './routes.js';
import { cleanUp, start, stopAll } from './testing/start.js';

afterEach(stopAll);

const GET = { method: 'GET', path: keyPath('g', 'k'), headers: [], maxBytes: 1_000 } as const;
const PUT = { ...GET, method: 'PUT', body: Buffer.from('v') } as const;

const STATUS = { viewId: '', isActive: false, hears: [], isSettled: true, isLeaving: false, isGone: false };

function client(address: string, options?: HttpClientOptions): HttpClient {
  const made = new HttpClient(address, options);
  cleanUp(() => made.close());
  return made;
}

/** A server that does with a connection what the test says, and counts them. */
async function listen(onConnection: (socket: Socket, count: number) => void) {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {})); // reset by whoever was made to wait: that is what is tested
    onConnection(socket, ++connections);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanUp(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

/** Answers every request on a connection with these bytes. */
function always(reply: string) {
  return (socket: Socket) => void socket.on('data', () => socket.write(reply));
}

describe('connections', () => {
  test('are kept: a hundred requests, one after the other, take one', async () => {
    const { server } = await start();
    const http = client(server.address);
    for (let i = 0; i < 100; i++) await http.call(GET, {});
    expect(http.stats).toEqual({ requests: 100, connections: 1, retries: 0 });
  });

  test('are no more than the limit, and calls beyond it wait', async () => {
    const { server } = await start();
    const http = client(server.address, { maxSockets: 4 });
    await Promise.all(Array.from({ length: 100 }, () => http.call(GET, {})));
    expect(http.stats).toEqual({ requests: 100, connections: 4, retries: 0 });
  });

  test('with too many waiting for one, a call is overloaded at once, and not as an answer', async () => {
    const { address } = await listen(() => {});
    const http = client(address, { maxSockets: 1, maxWaiting: 1 });
    const waiting = [http.call(GET, { timeoutMs: 50 }), http.call(GET, { timeoutMs: 50 })];
    await expect(http.call(GET, {})).rejects.toMatchObject({ code: 'overloaded', answered: false });
    for (const call of waiting) await expect(call).rejects.toMatchObject({ code: 'deadline' });
  });
});

describe('a connection that was closed at the other end while it was kept', () => {
  const REPLY = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nv';

  /** The first connection answers once, and ends in some way with the next request; the others answer. */
  const staleBy = (end: (socket: Socket) => void) => (socket: Socket, count: number) => {
    let requests = 0;
    socket.on('data', () => {
      requests++;
      if (count === 1 && requests === 2) end(socket);
      else socket.write(REPLY);
    });
  };
  const stale = staleBy((socket) => socket.resetAndDestroy());

  test.each([
    ['reset', stale],
    ['closed in order', staleBy((socket) => socket.end())],
  ])('%s, is replaced for a read, once, and the caller does not notice', async (_, onConnection) => {
    const { address, connections } = await listen(onConnection);
    const http = client(address);
    await http.call(GET, {});
    expect((await http.call(GET, {})).body.toString()).toBe('v');
    expect([http.stats.retries, connections()]).toEqual([1, 2]);
  });

  test('fails a write, which may have been made', async () => {
    const { address, connections } = await listen(stale);
    const http = client(address);
    await http.call(GET, {});
    await expect(http.call(PUT, {})).rejects.toMatchObject({ code: 'unavailable', answered: false });
    expect([http.stats.retries, connections()]).toEqual([0, 1]);
  });

  test('is not asked for a third time', async () => {
    const { address, connections } = await listen((socket, count) => {
      let requests = 0;
      socket.on('data', () => (count === 1 && ++requests === 1 ? socket.write(REPLY) : socket.resetAndDestroy()));
    });
    const http = client(address);
    await http.call(GET, {});
    await expect(http.call(GET, {})).rejects.toMatchObject({ code: 'unavailable' });
    expect(connections()).toBe(2);
  });

  test('after it began to answer is not asked again', async () => {
    const { address, connections } = await listen((socket) => {
      let requests = 0;
      socket.on('data', () => {
        if (++requests === 1) return socket.write(REPLY);
        return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nv', () => socket.resetAndDestroy());
      });
    });
    const http = client(address);
    await http.call(GET, {});
    await expect(http.call(GET, {})).rejects.toMatchObject({ code: 'unavailable', answered: false });
    expect(connections()).toBe(1);
  });
});

describe('nobody answers', () => {
  test('at a port where nobody listens: unavailable', async () => {
    await expect(client('127.0.0.1:1').call(GET, {})).rejects.toMatchObject({ code: 'unavailable', answered: false });
  });

  test('on a connection that is taken: deadline, in the time that the call or the client gives', async () => {
    const { address } = await listen(() => {});
    const late = { code: 'deadline', answered: false };
    await expect(client(address).call(GET, { timeoutMs: 20 })).rejects.toMatchObject(late);
    await expect(client(address, { timeoutMs: 20 }).call(GET, {})).rejects.toMatchObject(late);
  });

  test('and no connection is made: unavailable, in the time for that', async () => {
    const port = await blackHole();
    const http = client(`127.0.0.1:${port}`, { connectTimeoutMs: 50 });
    const calls = Array.from({ length: 8 }, () => http.call(GET, { timeoutMs: 500 }));
    const outcomes = await Promise.allSettled(calls);
    const messages = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.message : 'answered'));
    expect(messages).toContain('no connection within 50 ms'); // the few that its queue took reach their deadline
  });

  test.each([
    ['', 'the member has no HTTP address'],
    ['nowhere', 'no host:port: nowhere'],
  ])('at the address %j: %s', async (address, message) => {
    const member = { id: 'm', grpc: '', http: address, weight: 1, incarnation: '' };
    const peer = dialHttp({ cluster: 'default' })(member);
    await expect(peer.fetch('g', 'k', {})).rejects.toMatchObject({ code: 'unavailable', answered: false, message });
    await expect(connectHttp()(member).get('g', 'k', {})).rejects.toMatchObject({ code: 'unavailable', message });
  });
});

describe('what is no answer of a ringcache node is none', () => {
  test.each([
    ['bytes that are no HTTP', 'hello\r\n\r\n'],
    ['a page', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<h1>'],
    ['a version that is none', 'HTTP/1.1 200 OK\r\nX-Ringcache-Version: -1\r\nContent-Length: 0\r\n\r\n'],
    [
      'a source that is none',
      'HTTP/1.1 200 OK\r\nX-Ringcache-Version: 1\r\nX-Ringcache-Source: x\r\nContent-Length: 0\r\n\r\n',
    ],
    ['a body that breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nv'],
  ])('%s', async (_, reply) => {
    const { address } = await listen((socket) => void socket.on('data', () => socket.end(reply)));
    const member = { id: 'm', grpc: '', http: address, weight: 1, incarnation: '' };
    const peer = dialHttp({ cluster: 'default' })(member);
    const node = connectHttp()(member);
    cleanUp(() => Promise.all([peer.close(), node.close()]).then(() => {}));
    const change = { op: 'delete', key: 'k' } as const;
    for (const call of [
      peer.fetch('g', 'k', {}),
      peer.exchange({ ...STATUS, cluster: 'default', hashing: 'ringcache/8192', from: member, to: 'm#' }, {}),
      node.get('g', 'k', {}),
      node.members({}),
      node.write('g', change, {}),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'unavailable', answered: false });
    }
  });
});

describe('a reply over the limit is refused, and its connection is cut', () => {
  test.each([
    ['announced', 'HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n'],
    ['in chunks', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${'x'.repeat(1_001)}\r\n`],
  ])('%s', async (_, reply) => {
    let closed: Promise<unknown> = Promise.resolve();
    const { address } = await listen((socket) => {
      closed = once(socket, 'close');
      always(reply)(socket);
    });
    await expect(client(address).call(GET, {})).rejects.toMatchObject({ code: 'too_large', answered: true });
    await closed;
  });

  test('also of one that says what failed: its status counts', async () => {
    const { address } = await listen(always('HTTP/1.1 503 No\r\nContent-Length: 100000000\r\n\r\n'));
    await expect(client(address).call(GET, {})).rejects.toMatchObject({ code: 'unavailable', answered: true });
  });
});

test('a value is no larger in memory than its bytes, however it came', async () => {
  const { address } = await listen((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
      setImmediate(() => socket.write('2\r\nbc\r\n0\r\n\r\n'));
    });
  });
  const { body } = await client(address).call(GET, {});
  expect([body.toString(), body.buffer.byteLength]).toEqual(['abc', 3]);
});

test('a request id that a header cannot carry is left out', async () => {
  const { server } = await start();
  const http = client(server.address);
  const { headers } = await http.call(GET, { requestId: 'a\r\nX-Evil: 1' });
  expect(headers['x-request-id']).toMatch(/^[\w-]+$/);
  expect((await http.call(GET, { requestId: 'fine' })).headers['x-request-id']).toBe('fine');
});

test('close ends calls in flight and those that wait, and those to come', async () => {
  const { address } = await listen(() => {});
  const http = client(address, { maxSockets: 1 });
  const calls = [http.call(GET, {}), http.call(GET, {})].map((call) => expect(call).rejects.toMatchObject(CLOSED));
  await http.close();
  await Promise.all(calls);
  await expect(http.call(GET, {})).rejects.toMatchObject(CLOSED);
});

const CLOSED = { code: 'unavailable', answered: false };

/** The port of a listener whose thread sleeps: the kernel takes a connection or two for it, and no more. */
async function blackHole(): Promise<number> {
  const script = `
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`;
  const worker = new Worker(script, { eval: true });
  cleanUp(() => worker.terminate().then(() => {}));
  const [port] = await once(worker, 'message');
  return port as number;
}
