import { once } from 'node:events';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { CacheError } from '@ringcache/cache-core';
import { ChangingTls, strangersCa, testCa, testTls } from '@ringcache/cache-core/testing/certificates';

import { callerCertificate } from './caller-certificate.js';
import { connectHttp } from './connect.js';
import { dialHttp } from './dial.js';
import type { RequestHook } from './dispatch.js';
import { HttpClient, type HttpClientOptions } from './http-client.js';
import { keyPath } from './routes.js';
import { cleanUp, start, stopAll } from './testing/start.js';

afterEach(stopAll);

const GET = { method: 'GET', path: keyPath('g', 'k'), headers: [], maxBytes: 1_000 } as const;
const member = testTls('member');

function client(address: string, options: HttpClientOptions): HttpClient {
  const made = new HttpClient(address, options);
  cleanUp(() => made.close());
  return made;
}

function failureOf(promise: Promise<unknown>): Promise<CacheError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error as CacheError,
  );
}

/** The common name of the certificate that a new connection is shown. */
async function servedName(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', ca: testCa });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

describe('a client that verifies', () => {
  test.each(['127.0.0.1', 'localhost'])('comes in where the certificate names %s', async (host) => {
    const { server } = await start({ server: { tls: member } });
    const http = client(`${host}:${server.port}`, { tls: { ca: testCa } });
    expect((await http.call(GET, {})).body.toString()).toBe('value of k');
    await http.call(GET, {});
    expect(http.stats.connections).toBe(1);
  });

  test.each([
    [
      'of an authority that it does not know',
      testTls('stranger'),
      /is not trusted: CN=stranger, issued by CN=authority/,
    ],
    ['that has expired', testTls('expired'), /is not trusted: CN=expired, .* it has expired/],
    ['for another name', testTls('elsewhere'), /is for another name: CN=elsewhere, /],
  ])('refuses a certificate %s, and names it', async (_, tls, message) => {
    const { server } = await start({ server: { tls } });
    const http = client(server.address, { tls: { ca: testCa } });
    const error = await failureOf(http.call(GET, {}));
    expect(error).toMatchObject({ code: 'unavailable', answered: false, message: expect.stringMatching(message) });
    expect(error.message).toContain(server.address);
  });

  test('trusts the usual authorities alone where it is given none', async () => {
    const { server } = await start({ server: { tls: member } });
    const error = await failureOf(client(server.address, { tls: {} }).call(GET, {}));
    expect(error.message).toMatch(/is not trusted: CN=member, issued by CN=ringcache test authority: its authority/);
  });
});

describe('the wrong protocol ends at once, and says so', () => {
  test('no TLS to a TLS port', async () => {
    const { server } = await start({ server: { tls: member } });
    const error = await failureOf(client(server.address, {}).call(GET, {}));
    expect(error).toMatchObject({ code: 'unavailable', answered: false });
    expect(error.message).toBe(`${server.address} closed the connection: does it expect TLS?`);
  });

  test('TLS to a port without', async () => {
    const { server } = await start();
    const error = await failureOf(client(server.address, { tls: { ca: testCa } }).call(GET, {}));
    expect(error.message).toBe(`${server.address} speaks no TLS`);
  });

  test('nobody there', async () => {
    const error = await failureOf(client('127.0.0.1:1', { tls: { ca: testCa } }).call(GET, {}));
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('TLS to what accepts and says nothing: within the time for a connection', async () => {
    const hole = createTcpServer((socket) => void socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(hole, 'listening');
    cleanUp(() => void hole.close());
    const { port } = hole.address() as { port: number };
    const http = client(`127.0.0.1:${port}`, { tls: { ca: testCa }, connectTimeoutMs: 50 });
    expect((await failureOf(http.call(GET, {}))).message).toBe('no connection within 50 ms');
  });

  test('TLS 1.1', async () => {
    const { server } = await start({ server: { tls: member } });
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const socket = connectTls({ port: server.port, host: '127.0.0.1', ca: testCa, ...old });
    const [error] = await once(socket, 'error');
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });
});

const REFUSED = /wants a certificate of ours|does it refuse our certificate\?/;

describe('client certificates', () => {
  const STRANGER = { ...testTls('stranger'), ca: testCa };

  test.each([
    ['none', 'no certificate', {}, true],
    ['none', "a stranger's", STRANGER, true],
    ['optional', 'no certificate', {}, true],
    ['optional', 'a good one', testTls('client'), true],
    ['optional', "a stranger's", STRANGER, false],
    ['optional', 'an expired one', testTls('expired'), false],
    ['required', 'no certificate', {}, false],
    ['required', 'a good one', testTls('client'), true],
    ['required', "a stranger's", STRANGER, false],
  ] as const)('%s: who shows %s', async (clientAuth, _, own, comesIn) => {
    const { server } = await start({ server: { tls: member, clientAuth } });
    const call = client(server.address, { tls: { ca: testCa, ...own } }).call(GET, {});
    if (comesIn) expect((await call).body.toString()).toBe('value of k');
    else expect(await failureOf(call)).toMatchObject({ code: 'unavailable', answered: false });
  });

  test.each([
    ['shown and good', 'optional', testTls('client'), ['client.test', 'client']],
    ['not shown', 'optional', {}, 'none'],
    ['shown and not asked for', 'none', testTls('client'), 'none'],
  ] as const)('%s, give the caller its names', async (_, clientAuth, own, names) => {
    const onRequest: RequestHook = (req, res) => {
      res.end(JSON.stringify(callerCertificate(req.socket) ?? 'none'));
      return true;
    };
    const { server } = await start({ server: { tls: member, clientAuth, onRequest } });
    const http = client(server.address, { tls: { ca: testCa, ...own } });
    const { body } = await http.call({ ...GET, path: '/who' }, {});
    expect(JSON.parse(body.toString())).toEqual(names);
  });

  test('one that is required and missing is asked for, or the closed connection hints at it', async () => {
    const { server } = await start({ server: { tls: member, clientAuth: 'required' } });
    const error = await failureOf(client(server.address, { tls: { ca: testCa } }).call(GET, {}));
    expect(error.message).toMatch(REFUSED); // a reset can overtake the alert
  });

  test('one that is refused is told to the server, and hinted at to its owner', async () => {
    const told: CacheError[] = [];
    const { server } = await start({
      server: { tls: member, clientAuth: 'optional', onError: (error) => told.push(error) },
    });
    const error = await failureOf(client(server.address, { tls: STRANGER }).call(GET, {}));
    expect(error.message).toBe(`${server.address} closed the connection: does it refuse our certificate?`);
    expect(told).toMatchObject([
      { code: 'permission_denied', message: expect.stringMatching(/from 127\.0\.0\.1:\d+: CN=stranger, issued by/) },
    ]);
  });
});

describe('new material', () => {
  test('is shown to new connections, and those that are open go on', async () => {
    const tls = new ChangingTls(member);
    const { server } = await start({ server: { tls } });
    const http = client(server.address, { tls: { ca: testCa } });
    await http.call(GET, {});
    expect(await servedName(server.port)).toBe('member');
    tls.change(testTls('renewed'));
    expect(await servedName(server.port)).toBe('member renewed');
    await http.call(GET, {});
    expect(http.stats.connections).toBe(1);
  });

  test('of a client goes with its new connections', async () => {
    const tls = new ChangingTls({ ...member, ca: strangersCa });
    const { server } = await start({ server: { tls: member, clientAuth: 'required' } });
    const http = client(server.address, { tls });
    expect(await failureOf(http.call(GET, {}))).toMatchObject({ code: 'unavailable' });
    tls.change(member);
    expect((await http.call(GET, {})).status).toBe(200);
  });

  test('that is none is refused, and the old stays', async () => {
    const tls = new ChangingTls(member);
    const { server } = await start({ server: { tls } });
    expect(() => tls.change({ ...testTls('renewed'), key: member.key })).toThrow(/TLS: /);
    expect(await servedName(server.port)).toBe('member');
  });

  test('is not listened for once server and client are closed', async () => {
    const tls = new ChangingTls(member);
    const { server } = await start({ server: { tls } });
    const http = client(server.address, { tls });
    await http.call(GET, {});
    expect(tls.listeners).toBe(2);
    await http.close();
    await server.close();
    expect(tls.listeners).toBe(0);
  });
});

test('a kept connection that is reset at the other end is replaced for a read, and the caller does not notice', async () => {
  let connections = 0;
  const server = createTlsServer({ cert: member.cert, key: member.key }, (socket) => {
    const first = ++connections === 1;
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', () => {
      if (first && ++requests === 2) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nv');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(() => void server.close());
  const http = client(`127.0.0.1:${(server.address() as { port: number }).port}`, { tls: { ca: testCa } });
  await http.call(GET, {});
  expect((await http.call(GET, {})).body.toString()).toBe('v');
  expect([http.stats.retries, connections]).toEqual([1, 2]);
});

describe('set-up refuses', () => {
  test.each([
    ['a server without a certificate', { tls: { ca: testCa } }, /needs cert and key/],
    [
      'client certificates with nothing to verify them by',
      { tls: { cert: member.cert, key: member.key }, clientAuth: 'optional' },
      /needs ca/,
    ],
    [
      'a key that is not the certificate’s',
      { tls: { ...member, key: testTls('client').key } },
      /TLS: .*key values mismatch/,
    ],
    ['no PEM', { tls: { cert: 'x', key: 'y' } }, /TLS: /],
    ['authorities that are a path', { tls: { ...member, ca: '/etc/ca.pem' } }, /TLS: /],
  ] as const)('%s', async (_, options, message) => {
    await expect(start({ server: options })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(message),
    });
  });

  test('a client whose key is missing', () => {
    const tls = { cert: member.cert };
    const refused = expect.objectContaining({ code: 'invalid_argument' });
    expect(() => dialHttp({ cluster: 'default', tls })).toThrow(refused);
    expect(() => connectHttp({ tls })).toThrow(refused);
  });
});

test('a handshake that never ends does not hold up close', async () => {
  const { server } = await start({ server: { tls: member } });
  const socket = connectTcp(server.port, '127.0.0.1').on('error', () => {});
  const closed = once(socket.resume(), 'close');
  await once(socket, 'connect');
  await servedName(server.port); // so the server has accepted the one before as well
  await server.close();
  await closed;
});
