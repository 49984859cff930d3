// Against a server that replays what a real golang/groupcache process answered (fixtures/wire-vectors.json), and against our own.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { PeerClient } from '@ringcache/cache-core';

import { dialGroupcache, type GroupcacheDialOptions } from './dial-groupcache.js';
import { cleanUp, start, stopAll } from './testing/start.js';

interface Case {
  readonly requestTarget: string;
  readonly method: string;
  readonly status: number;
  readonly contentType: string;
  readonly location: string | null;
  readonly bodyHex: string | null;
}

const { cases } = JSON.parse(readFileSync(new URL('./fixtures/wire-vectors.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

afterEach(stopAll);

/** What it is not asked for in the recording is Go's page for unknown paths. */
async function replay(): Promise<PeerClient> {
  const server: Server = createServer((req, res) => {
    const found = cases.find((each) => each.method === req.method && each.requestTarget === req.url);
    const { status, contentType, bodyHex, location } = found ?? {
      status: 404,
      contentType: 'text/plain; charset=utf-8',
      bodyHex: Buffer.from('404 page not found\n').toString('hex'),
      location: null,
    };
    res.writeHead(status, { 'Content-Type': contentType, ...(location === null ? {} : { Location: location }) });
    res.end(Buffer.from(bodyHex ?? '', 'hex'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  cleanUp(() => {
    server.closeAllConnections();
    server.close();
  });
  return dial(`127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function dial(http: string, options?: GroupcacheDialOptions): PeerClient {
  const peer = dialGroupcache(options)({ id: `http://${http}`, grpc: '', http, weight: 1, incarnation: '' });
  cleanUp(() => peer.close());
  return peer;
}

describe('a golang/groupcache process', () => {
  test.each(['Tom', '张三', 'a b', 'a+b', 'a/b', '100%', 'é', 'trail/'])(
    'is asked for %j as it decodes it',
    async (key) => {
      const peer = await replay();
      const { value, ...rest } = await peer.fetch('g', key, {});
      expect(Buffer.from(value).toString()).toBe(`OWNER:${key}`);
      expect(rest).toMatchObject({ version: 0, ttlMs: Number.POSITIVE_INFINITY, source: 'main' });
      expect(rest.servedBy).toMatch(/^http:\/\/127/);
    },
  );

  test('that has an empty value is believed', async () => {
    const peer = await replay();
    expect((await peer.fetch('g', 'empty', {})).value.byteLength).toBe(0);
  });

  test.each([
    ['whose getter fails', 'g', 'err', { code: 'internal', answered: true }],
    ['without the group', 'nope', 'k', { code: 'no_such_group', answered: true }],
    ['whose mux redirects to another key', 'g', 'x//y', { code: 'unavailable', answered: false }],
    ['that serves its pool elsewhere', 'other', 'k', { code: 'unavailable', answered: false }],
  ])('%s fails as it should', async (_, group, key, expected) => {
    const peer = await replay();
    await expect(peer.fetch(group, key, {})).rejects.toMatchObject(expected);
  });

  test('shows nothing and takes no writes', async () => {
    const peer = await replay();
    const refusal = { code: 'unavailable', answered: false, message: 'a golang/groupcache process takes no writes' };
    expect(await peer.peek('g', 'Tom', {})).toBeUndefined();
    await expect(peer.write('g', { op: 'delete', key: 'Tom' }, {})).rejects.toMatchObject(refusal);
    await expect(peer.drop('g', { key: 'Tom', version: 1, keepsOwned: true }, {})).rejects.toMatchObject(refusal);
    const self = { id: 'self', grpc: '', http: '', weight: 1, incarnation: 'a' };
    const status = { viewId: '', isActive: false, hears: [], isSettled: true, isLeaving: false, isGone: false };
    const exchange = peer.exchange(
      { ...status, cluster: 'default', hashing: 'ringcache/8192', from: self, to: 'go#' },
      {},
    );
    await expect(exchange).rejects.toMatchObject({ code: 'unavailable', answered: true });
  });

  test('is told nothing of clusters and members, which its wire does not know', async () => {
    let asked: IncomingHttpHeaders = {};
    const server = createServer((req, res) => {
      asked = req.headers;
      res.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end(Buffer.from('\x0a\x01v'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanUp(() => {
      server.closeAllConnections();
      server.close();
    });
    await dial(`127.0.0.1:${(server.address() as AddressInfo).port}`).fetch('g', 'k', {});
    expect(Object.keys(asked).filter((name) => name.startsWith('ringcache'))).toEqual([]);
  });

  test('is asked at the path where it serves its pool', async () => {
    const server = createServer((req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end(Buffer.from(`\x0a\x09${req.url}`));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanUp(() => {
      server.closeAllConnections();
      server.close();
    });
    const peer = dial(`127.0.0.1:${(server.address() as AddressInfo).port}`, { basePath: '/pool/' });
    expect(Buffer.from((await peer.fetch('g', 'k', {})).value).toString()).toBe('/pool/g/k');
  });
});

test.each(['.', '..', 'a/../b', 'x//y', '/lead', 'a b+c', '\0', '😀', ' '])(
  'our own server is asked for %j, whatever Go would make of it',
  async (key) => {
    const { server } = await start({ groups: { 'g +/': (seen) => Buffer.from(seen) } });
    const { value } = await dial(server.address).fetch('g +/', key, {});
    expect(Buffer.from(value).toString()).toBe(key);
  },
);
