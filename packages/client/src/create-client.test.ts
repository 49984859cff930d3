import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type CacheError,
  type CacheNode,
  type Door,
  Group,
  type Member,
  Peers,
  systemClock,
} from '@ringcache/cache-core';
import { ChangingTls, testCa, testTls } from '@ringcache/cache-core/testing/certificates';
import { dialGrpc, serveGrpc } from '@ringcache/transport-grpc';
import { serveHttp } from '@ringcache/transport-http';

import { type CreateClientOptions, createClient } from './create-client.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

let ring: Peers | undefined;

/** A member that wants certificates; its addresses. */
async function serve(door?: Door, started: (node: CacheNode) => void = () => {}): Promise<Member> {
  const node: { -readonly [K in keyof CacheNode]?: CacheNode[K] } = {};
  const starting = {
    get peers() {
      return node.peers!;
    },
    get groups() {
      return node.groups!;
    },
  };
  const security = { tls: testTls('member'), clientAuth: 'required', door } as const;
  const grpc = await serveGrpc(starting, security);
  const http = await serveHttp(starting, { ...security, drainTimeoutMs: 0 });
  const self: Member = { id: 'only', grpc: grpc.address, http: http.address, weight: 1 };
  node.peers = new Peers({ self, dial: dialGrpc({ tls: security.tls }) });
  const group = new Group({ name: 'g', load: (key) => Buffer.from(key), peers: node.peers, clock: systemClock });
  node.groups = new Map([['g', group]]);
  started(starting);
  cleanups.push(
    () => node.peers!.close(),
    () => group.close(),
    () => grpc.close(),
    () => http.close(),
  );
  return self;
}

test('a client over gRPC learns with an answer that the ring is another one', async () => {
  const member = await serve(undefined, (node) => {
    ring = node.peers;
  });
  const client = createClient({ nodes: [member.grpc], tls: testTls('client'), pollMs: 3_600_000 });
  cleanups.push(() => client.close());
  await client.get('g', 'k');
  expect(client.members).toHaveLength(1);
  ring!.update([member, { id: 'newcomer', grpc: '', http: '', weight: 1e-3 }]);
  await client.get('g', 'k');
  while (client.members.length === 1) await new Promise((resolve) => setImmediate(resolve));
  expect(client.members.map(({ id }) => id)).toEqual(['newcomer', 'only']);
});

describe.each([['grpc'], ['http']] as const)('a client over %s', (transport) => {
  function client(member: Member, options: Partial<CreateClientOptions>) {
    const made = createClient({ nodes: [member[transport]], transport, ...options });
    cleanups.push(() => made.close());
    return made;
  }

  test('speaks TLS to the nodes that it asks for members, and to the members', async () => {
    const member = await serve();
    const answer = await client(member, { tls: new ChangingTls(testTls('client')) }).get('g', 'k');
    expect([Buffer.from(answer.value).toString(), answer.servedBy]).toEqual(['k', 'only']);
  });

  test('shows the token that there is now', async () => {
    const shown: (string | undefined)[] = [];
    const member = await serve({ admit: ({ token }) => void shown.push(token), leave: () => {} });
    const asking = client(member, { tls: testTls('client'), token: () => 'a-token-of-ours-42' });
    await asking.get('g', 'k');
    expect(shown.length).toBeGreaterThan(1); // for the members, and for the key
    expect(new Set(shown)).toEqual(new Set(['a-token-of-ours-42']));
  });

  test.each<[string, Partial<CreateClientOptions>, RegExp]>([
    ['without TLS', {}, /does it expect TLS\?/],
    ['without a certificate', { tls: { ca: testCa } }, /wants a certificate of ours|does it refuse our certificate/],
    [
      'that does not trust it',
      { tls: { ...testTls('client'), ca: testTls('stranger').cert } },
      /is not trusted: CN=member/,
    ],
  ])('%s is told why nothing comes', async (_, options, message) => {
    const member = await serve();
    const heard = new Promise<CacheError>((resolve) => {
      client(member, { ...options, onError: resolve });
    });
    expect((await heard).message).toMatch(message);
  });
});

test('a process that only waits for a get does not end before that does', async () => {
  const port = await freePort();
  const program = `
    import { createClient } from '@ringcache/client';
    const error = await createClient({ nodes: ['127.0.0.1:${port}'] }).get('g', 'k').catch((error) => error);
    console.log(error.code, error.message);`;
  const args = ['--import', 'tsx', '--conditions=source', '--input-type=module', '--eval', program];
  const { NODE_OPTIONS: _, ...env } = process.env;
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env });
  expect(stdout).toMatch(new RegExp(`^unavailable no members are known: .*ECONNREFUSED 127.0.0.1:${port}`));
});

/** A port that nobody listens on: one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
