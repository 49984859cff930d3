import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';

import { Client, Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import type { CacheError } from '@ringcache/cache-core';
import { ChangingTls, strangersCa, testCa, testTls } from '@ringcache/cache-core/testing/certificates';
import { clientContext, sourceOf } from '@ringcache/tls';
import { callerCertificate } from './caller-certificate.js';
import { connectGrpc } from './connect.js';
import { dialGrpc } from './dial.js';
import { listenTls } from './listen.js';
import { eventually, failureOf, Gate, Stage, text, WITHIN } from './testing/stage.js';
import { TlsCredentials } from './tls-credentials.js';

const stage = new Stage();
const echo = async (key: string) => Buffer.from(key);
const member = testTls('member');

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await failureOf(promise);
  expect(error).toMatchObject({ code: 'unavailable', answered: false });
  return (error as CacheError).message;
}

/** The common name of the certificate that a new connection is shown. */
async function servedName(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', ca: testCa, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

describe('a client that verifies', () => {
  test.each(['127.0.0.1', 'localhost'])('comes in where the certificate names %s', async (host) => {
    const { server } = await stage.serve(echo, { tls: member });
    const address = `${host}:${server.port}`;
    expect(text((await stage.dial(address, { tls: { ca: testCa } }).fetch('g', 'k', WITHIN)).value)).toBe('k');
    expect((await stage.connect(address, { tls: { ca: testCa } }).members(WITHIN)).self).toBe('served');
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
    const { server } = await stage.serve(echo, { tls });
    const peer = stage.dial(server.address, { tls: { ca: testCa } });
    const said = await messageOf(peer.fetch('g', 'k', WITHIN));
    expect(said).toMatch(message);
    expect(said).toContain(server.address);
  });

  test('trusts the usual authorities alone where it is given none', async () => {
    const { server } = await stage.serve(echo, { tls: member });
    const said = await messageOf(stage.connect(server.address, { tls: {} }).get('g', 'k', WITHIN));
    expect(said).toMatch(/is not trusted: CN=member, issued by CN=ringcache test authority: its authority/);
  });
});

describe('the wrong protocol ends soon, and says so', () => {
  test('no TLS to a TLS port', async () => {
    const { server } = await stage.serve(echo, { tls: member });
    expect(await messageOf(stage.dial(server.address).fetch('g', 'k', WITHIN))).toMatch(/does it expect TLS\?/);
    expect(await messageOf(stage.connect(server.address).members(WITHIN))).toMatch(/does it expect TLS\?/);
  });

  test('TLS to a port without', async () => {
    const { server } = await stage.serve(echo);
    const peer = stage.dial(server.address, { tls: { ca: testCa } });
    expect(await messageOf(peer.fetch('g', 'k', WITHIN))).toContain(`${server.address} speaks no TLS`);
  });

  test('TLS to what accepts and says nothing, then to what shakes hands and says nothing', async () => {
    const closed = new Gate();
    const { address } = await stage.listen((socket) => void socket.resume().on('close', closed.open));
    const options = { tls: { ca: testCa }, connectTimeoutMs: 100 };
    await messageOf(stage.dial(address, options).fetch('g', 'k', WITHIN));
    await closed.opened;

    const mute = createTlsServer({ cert: member.cert, key: member.key, ALPNProtocols: ['h2'] }).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    stage.atEnd(() => mute.close());
    const ended = once(mute, 'secureConnection').then(async ([socket]) => {
      socket.on('error', () => {});
      await once(socket.resume(), 'close');
    });
    const port = (mute.address() as { port: number }).port;
    await messageOf(stage.dial(`127.0.0.1:${port}`, options).fetch('g', 'k', WITHIN));
    await ended;
  });

  test('TLS without HTTP/2', async () => {
    const { server } = await stage.serve(echo, { tls: member });
    const socket = connectTls({ port: server.port, host: '127.0.0.1', ca: testCa, ALPNProtocols: ['http/1.1'] });
    const [error] = await once(socket, 'error');
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  });

  test('TLS 1.1', async () => {
    const { server } = await stage.serve(echo, { tls: member });
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
    const { server } = await stage.serve(echo, { tls: member, clientAuth });
    const peer = stage.dial(server.address, { tls: { ca: testCa, ...own } });
    const call = peer.fetch('g', 'k', WITHIN);
    if (comesIn) expect(text((await call).value)).toBe('k');
    else expect(await messageOf(call)).toMatch(/./);
  });

  test.each([
    ['shown and good', 'optional', testTls('client'), ['client.test', 'client']],
    ['not shown', 'optional', {}, 'none'],
    ['shown and not asked for', 'none', testTls('client'), 'none'],
  ] as const)('%s, give the caller its names', async (_, clientAuth, own, names) => {
    const server = new Server();
    const asItIs = (bytes: Buffer) => bytes;
    const method = {
      path: '/test.Who/Ask',
      requestStream: false,
      responseStream: false,
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    };
    server.addService(
      { ask: method },
      {
        ask: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
          answer(null, Buffer.from(JSON.stringify(callerCertificate(call) ?? 'none'))),
      },
    );
    const tls = { source: sourceOf(member), clientAuth, handshakeTimeoutMs: 1_000, onError: () => {} };
    const listener = await listenTls(server, '127.0.0.1:0', tls);
    stage.atEnd(() => listener.close());
    const address = `127.0.0.1:${listener.port}`;
    const context = clientContext({ ca: testCa, ...own });
    const client = new Client(address, new TlsCredentials(address, () => context));
    stage.atEnd(() => client.close());
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(method.path, asItIs, asItIs, Buffer.alloc(0), (error, bytes) =>
        error === null ? resolve(bytes!) : reject(error),
      );
    });
    expect(JSON.parse(answer.toString())).toEqual(names);
  });

  test('one that is required and missing is asked for, or the closed connection hints at it', async () => {
    const { server } = await stage.serve(echo, { tls: member, clientAuth: 'required' });
    const said = await messageOf(stage.dial(server.address, { tls: { ca: testCa } }).fetch('g', 'k', WITHIN));
    expect(said).toMatch(REFUSED); // a reset can overtake the alert
  });

  test('one that is refused is told to the server, and hinted at to its owner', async () => {
    const told: CacheError[] = [];
    const { server } = await stage.serve(echo, {
      tls: member,
      clientAuth: 'optional',
      onError: (error) => told.push(error),
    });
    const said = await messageOf(stage.dial(server.address, { tls: STRANGER }).fetch('g', 'k', WITHIN));
    expect(said).toMatch(/does it refuse our certificate\?/);
    expect(told[0]).toMatchObject({ code: 'permission_denied' });
    expect(told[0]!.message).toMatch(/from 127\.0\.0\.1:\d+: CN=stranger, issued by CN=authority of strangers/);
  });
});

describe('new material', () => {
  test('is shown to new connections, and those that are open go on', async () => {
    const tls = new ChangingTls(member);
    const { server } = await stage.serve(echo, { tls });
    const peer = stage.dial(server.address, { tls: { ca: testCa } });
    await peer.fetch('g', 'before', WITHIN);
    expect(await servedName(server.port)).toBe('member');
    tls.change(testTls('renewed'));
    expect(await servedName(server.port)).toBe('member renewed');
    expect(text((await peer.fetch('g', 'after', WITHIN)).value)).toBe('after');
    expect(peer.stats().streams).toBe(1);
  });

  test('of a client goes with its new connections', async () => {
    const tls = new ChangingTls({ ...member, ca: strangersCa });
    const { server } = await stage.serve(echo, { tls: member, clientAuth: 'required' });
    const peer = stage.dial(server.address, { tls });
    await messageOf(peer.fetch('g', 'k', WITHIN));
    tls.change(member);
    expect(text((await eventually(() => peer.fetch('g', 'k', WITHIN))).value)).toBe('k');
  });

  test('that is none is refused, and the old stays', async () => {
    const tls = new ChangingTls(member);
    const { server } = await stage.serve(echo, { tls });
    expect(() => tls.change({ ...testTls('renewed'), key: member.key })).toThrow(/TLS: /);
    expect(await servedName(server.port)).toBe('member');
  });

  test('is not listened for once server and client are closed', async () => {
    const tls = new ChangingTls(member);
    const { server } = await stage.serve(echo, { tls });
    const peer = stage.dial(server.address, { tls });
    await peer.fetch('g', 'k', WITHIN);
    expect(tls.listeners).toBe(2);
    await peer.close();
    await server.close();
    expect(tls.listeners).toBe(0);
  });
});

describe('set-up refuses', () => {
  test.each([
    ['a server without a certificate', { tls: { ca: testCa } }, /needs cert and key/],
    [
      'client certificates with nothing to verify them by',
      { tls: { cert: member.cert, key: member.key }, clientAuth: 'optional' },
      /needs ca/,
    ],
    ["a key that is not the certificate's", { tls: { ...member, key: testTls('client').key } }, /key values mismatch/],
    ['no PEM', { tls: { cert: 'x', key: 'y' } }, /TLS: /],
    ['authorities that are a path', { tls: { ...member, ca: '/etc/ca.pem' } }, /TLS: /],
  ] as const)('%s', async (_, options, message) => {
    await expect(stage.serve(echo, options)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(message),
    });
  });

  test('a client whose key is missing', () => {
    const tls = { cert: member.cert };
    const refused = expect.objectContaining({ code: 'invalid_argument' });
    expect(() => dialGrpc({ cluster: 'default', tls })).toThrow(refused);
    expect(() => connectGrpc({ tls })).toThrow(refused);
  });

  test('an address that is taken', async () => {
    const { server } = await stage.serve(echo, { tls: member });
    await expect(stage.serve(echo, { tls: member, address: server.address })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

test('a handshake that never ends does not hold up close', async () => {
  const { server } = await stage.serve(echo, { tls: member });
  const socket = connectTcp(server.port, '127.0.0.1').on('error', () => {});
  const closed = once(socket.resume(), 'close');
  await once(socket, 'connect');
  await servedName(server.port); // so the server has accepted the one before as well
  await server.close();
  await closed;
});

test('a drain finishes what is in flight, and close ends every connection', async () => {
  const gate = new Gate();
  stage.atEnd(gate.open);
  const { server } = await stage.serve(
    async (key) => {
      if (key === 'slow') await gate.opened;
      return Buffer.from(key);
    },
    { tls: member },
  );
  const peer = stage.dial(server.address, { tls: { ca: testCa } });
  const slow = peer.fetch('g', 'slow', WITHIN);
  await peer.fetch('g', 'quick', WITHIN);
  const draining = server.drain();
  expect(await messageOf(peer.fetch('g', 'late', WITHIN))).toMatch(/draining/);
  gate.open();
  expect(text((await slow).value)).toBe('slow');
  await draining;
  await server.close();
  expect(await messageOf(peer.fetch('g', 'k', WITHIN))).toMatch(/./);
});
