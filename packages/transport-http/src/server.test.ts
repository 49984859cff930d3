// What a server must bear: bytes that are no HTTP, bodies that never end, callers that stall, and its own end.

import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from '@jest/globals';

import { serveHttp } from './server.js';
import { cleanUp, start, stopAll } from './testing/start.js';

afterEach(stopAll);

const K = '/v1/groups/g/keys/k';
const HOST = 'Host: x\r\n';

describe('what is no request is refused, and the next one is served', () => {
  test.each([
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n', 400],
    ['no Host', `GET ${K} HTTP/1.1\r\n\r\n`, 400],
    ['a space in the path', `GET ${K} b HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['a path that is not encoded', Buffer.from(`GET /api?key=张三 HTTP/1.1\r\n${HOST}\r\n`), 400],
    ['a NUL in a header', `GET ${K} HTTP/1.1\r\n${HOST}X: \0\r\n\r\n`, 400],
    ['two lengths', `PUT ${K} HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
    [
      'a length and chunks',
      `PUT ${K} HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na`,
      400,
    ],
    ['a chunk that is none', `PUT ${K} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['a head without end', `GET ${K} HTTP/1.1\r\n${HOST}X: ${'x'.repeat(70_000)}`, 431],
  ])('%s', async (_, bytes, status) => {
    const { raw, ask } = await start();
    const reply = await raw(bytes);
    expect(reply.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(reply).not.toMatch(/node:|\.js|\.ts|HPE_/);
    expect((await ask(K)).status).toBe(200);
  });
});

test('noise after a request answers nothing in its place', async () => {
  let release = () => {};
  const { raw } = await start({
    groups: {
      g: () =>
        new Promise<Buffer>((resolve) => {
          release = () => resolve(Buffer.from('v'));
        }),
    },
  });
  cleanUp(() => release());
  // The request is being answered when the noise is read: a 400 now would be taken for its answer.
  expect(await raw(`GET ${K} HTTP/1.1\r\n${HOST}\r\nnoise\r\n\r\n`)).toBe('');
});

test('pipelined requests are answered in their order', async () => {
  const { raw } = await start();
  const get = (key: string, more = '') => `GET /v1/groups/g/keys/${key} HTTP/1.1\r\n${HOST}${more}\r\n`;
  const reply = await raw(get('a') + get('b') + get('c', 'Connection: close\r\n'));
  expect(reply.match(/value of ./g)).toEqual(['value of a', 'value of b', 'value of c']);
});

describe('a body over the limit', () => {
  const server = { maxValueBytes: 1_000 };

  test('that is announced is refused before any of it has come', async () => {
    const { server: to } = await start({ server });
    const socket = open(to.port);
    socket.write(`PUT ${K} HTTP/1.1\r\n${HOST}Content-Length: 100000000000\r\n\r\n`);
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 413 .*"code":"too_large"/s);
    await closed(socket); // the server does not wait for the rest
  });

  test('that is announced by a caller who asks first is not asked for', async () => {
    const { server: to } = await start({ server });
    const socket = open(to.port);
    socket.write(`PUT ${K} HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n`);
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('that comes in chunks is refused once it is over it, and is not read to its end', async () => {
    const { server: to } = await start({ server });
    const socket = open(to.port);
    let sending = true;
    const chunk = `3e8\r\n${'x'.repeat(1_000)}\r\n`;
    const send = () => {
      while (sending && socket.write(chunk));
    };
    socket.on('drain', send).on('close', () => {
      sending = false;
    });
    socket.write(`PUT ${K} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`);
    send();
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 413 /);
    await closed(socket);
  });

  test('leaves the connection to the next request, once it has come', async () => {
    const { raw } = await start({ server });
    const put = `PUT ${K} HTTP/1.1\r\n${HOST}Content-Length: 1001\r\n\r\n${'x'.repeat(1_001)}`;
    const reply = await raw(`${put}GET ${K} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1\.1 413 .*HTTP\/1\.1 200 .*value of k$/s);
  });

  test('at the limit is taken', async () => {
    const { ask } = await start({ server });
    expect((await ask(K, { method: 'PUT', body: 'x'.repeat(1_000) })).status).toBe(200);
  });
});

test('a body that a caller asks about first is taken', async () => {
  const { server } = await start();
  const socket = open(server.port);
  socket.write(`PUT ${K} HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 1\r\n\r\n`);
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 100 Continue/);
  socket.write('v');
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 /);
});

describe('a caller that stalls is let go', () => {
  test('in the head of a request', async () => {
    const { raw } = await start({ server: { headersTimeoutMs: 50 } });
    expect(await raw(`GET ${K} HTTP/1.1\r\nX-Slow: `)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('in its body', async () => {
    const { raw } = await start({ server: { requestTimeoutMs: 50 } });
    expect(await raw(`PUT ${K} HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nv`)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('with no request', async () => {
    const { raw } = await start({ server: { keepAliveMs: 50 } });
    expect(await raw(`GET ${K} HTTP/1.1\r\n${HOST}\r\n`)).toMatch(/^HTTP\/1\.1 200 .*value of k$/s);
  });
});

test('a caller that goes away while it waits leaves the server and the load alone', async () => {
  const asked = signal();
  const release = signal();
  const { server, ask } = await start({
    groups: {
      g: async (key) => {
        asked.fire();
        if (key === 'k') await release.fired;
        return Buffer.from(key);
      },
    },
  });
  const socket = open(server.port);
  socket.write(`GET ${K} HTTP/1.1\r\n${HOST}\r\n`);
  await asked.fired;
  socket.destroy();
  release.fire();
  expect(await (await ask(K)).text()).toBe('k');
});

test('connections beyond the limit are closed as they come', async () => {
  const { server, raw } = await start({ server: { maxConnections: 1 } });
  const first = open(server.port);
  first.write(`GET ${K} HTTP/1.1\r\n${HOST}\r\n`);
  await once(first, 'data');
  expect(await raw(`GET ${K} HTTP/1.1\r\n${HOST}\r\n`)).toBe('');
});

describe("an app's own paths", () => {
  test('are answered by its hook, and those of the cache are not its', async () => {
    const hooked: string[] = [];
    const { ask } = await start({
      server: {
        onRequest: (req, res) => {
          hooked.push(req.url!);
          if (req.url !== '/livez') return false;
          setImmediate(() => res.end('ok'));
          return true;
        },
      },
    });
    expect(await (await ask('/livez')).text()).toBe('ok');
    expect((await ask('/other')).status).toBe(404);
    expect((await ask(K)).status).toBe(200);
    expect(hooked).toEqual(['/livez', '/other']);
  });

  test('whose hook throws are a 500 that tells nothing, and onError is told', async () => {
    const errors: unknown[] = [];
    const { ask } = await start({
      server: {
        onRequest: () => {
          throw new TypeError('secret');
        },
        onError: (error) => errors.push(error.cause),
      },
    });
    const reply = await ask('/livez');
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toContain('secret');
    expect(errors).toEqual([new TypeError('secret')]);
  });
});

describe('the end', () => {
  /** A node whose key `slow` is answered when it is told to; a request for it is under way. */
  async function underWay(drainTimeoutMs: number) {
    const asked = signal();
    const release = signal();
    const started = await start({
      server: { drainTimeoutMs },
      groups: {
        g: async () => {
          asked.fire();
          await release.fired;
          return Buffer.from('v');
        },
      },
    });
    cleanUp(release.fire);
    const reply = started.raw(`GET ${K} HTTP/1.1\r\n${HOST}\r\n`);
    await asked.fired;
    return { ...started, reply, release };
  }

  test('drain waits for what is in flight, sends its connection away, and takes no new one', async () => {
    const { server, reply, release, ask } = await underWay(5_000);
    let drained = false;
    const draining = server.drain().then(() => {
      drained = true;
    });
    await expect(ask(K)).rejects.toThrow();
    expect(drained).toBe(false);
    release.fire();
    expect(await reply).toMatch(/^HTTP\/1\.1 200 .*v$/s); // and then the server closed
    await draining;
  });

  test('drain asks a connection that is between two requests to go', async () => {
    const { server } = await underWay(5_000);
    const idle = open(server.port);
    idle.write(`GET /v1/admin/members HTTP/1.1\r\n${HOST}\r\n`);
    await once(idle, 'data');
    void server.drain();
    await closed(idle);
  });

  test('close cuts what does not end in time, and can be called again', async () => {
    const { server, reply } = await underWay(10);
    await Promise.all([server.close(), server.close()]);
    expect(await reply).toBe('');
    await server.close();
  });

  test('an address that is taken, or none, fails to be served', async () => {
    const { server, node } = await start();
    await expect(serveHttp(node, { address: server.address })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(serveHttp(node, { address: 'here' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

(hasIpv6 ? test : test.skip)('IPv6 is served at the address it says (needs IPv6)', async () => {
  const { node } = await start();
  const server = await serveHttp(node, { address: '[::1]:0' });
  cleanUp(() => server.close());
  expect(server.address).toBe(`[::1]:${server.port}`);
  const req: ClientRequest = request({ host: '::1', port: server.port, path: K }).end();
  const [res] = await once(req, 'response');
  expect(res.statusCode).toBe(200);
  res.destroy();
});

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {}); // the server may cut it: that is what is tested
  cleanUp(() => void socket.destroy());
  return socket;
}

/** Unlike events.once it does not mind how: a reset is the server's right. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

function signal(): { fire: () => void; fired: Promise<void> } {
  let fire = () => {};
  const fired = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return { fire, fired };
}
