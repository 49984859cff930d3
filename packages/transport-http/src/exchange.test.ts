import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ExchangeRequest, View } from '@ringcache/cache-core';

import { dialHttp } from './dial.js';
import { MAX_EXCHANGE_BYTES } from './exchange.js';
import { EXCHANGE_PATH } from './routes.js';
import { ADDRESSEE, cleanUp, start, stopAll } from './testing/start.js';

afterEach(stopAll);

const M = { id: 'm', grpc: '', http: 'm:1', weight: 1, incarnation: 'a' };
const VIEW: View = { id: '1/m', lineage: 'm', number: 1, members: [M], before: [], armed: true };
const STATUS = { viewId: VIEW.id, isActive: true, hears: [], isSettled: true, isLeaving: false, isGone: false };
const REQUEST: ExchangeRequest = {
  ...STATUS,
  cluster: 'default',
  hashing: 'ringcache/16',
  from: M,
  to: 'served#present',
};

describe('an exchange over HTTP', () => {
  const post = (body: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { method: 'POST', headers: ADDRESSEE, body: text };
  };

  test('is answered with the view of the member', async () => {
    const { ask, node } = await start();
    const reply = await ask(EXCHANGE_PATH, post(REQUEST));
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ from: node.peers.self, viewId: node.peers.viewId, isGranted: false });
  });

  test.each<[string, unknown, number, RegExp]>([
    ['nothing', '', 400, /viewId must be text, not undefined/],
    ['no JSON', '{"viewId": ', 400, /viewId/],
    ['a list', [], 400, /must be an object, not a list/],
    ['no sender', { ...REQUEST, from: undefined }, 400, /a member must be an object, not undefined/],
    ['a sender of weight 0', { ...REQUEST, from: { ...M, weight: 0 } }, 400, /weight/],
    ['a sender of weight NaN', { ...REQUEST, from: { ...M, weight: Number.NaN } }, 400, /weight .* not null/],
    [
      'a sender with a huge id',
      { ...REQUEST, from: { ...M, id: 'x'.repeat(100_000) } },
      400,
      /id has 100000 characters/,
    ],
    ['a view of number 0', { ...REQUEST, view: { ...VIEW, number: 0 } }, 400, /number .* not 0/],
    ['a view without members', { ...REQUEST, view: { ...VIEW, members: undefined } }, 400, /members must be a list/],
    ['too many members', { ...REQUEST, view: { ...VIEW, members: Array(10_001).fill(M) } }, 400, /10001 entries/],
    ['another addressee', { ...REQUEST, to: 'served#before' }, 503, /not served#before of cluster default/],
    ['another cluster', { ...REQUEST, cluster: 'other' }, 503, /of cluster other/],
    ['more bytes than it may have', ' '.repeat(MAX_EXCHANGE_BYTES + 1), 413, /over the limit/],
  ])('that says %s is refused, and the next is answered', async (_, body, status, reason) => {
    const { ask } = await start();
    const refused = await ask(EXCHANGE_PATH, post(body));
    const { detail } = (await refused.json()) as { detail: string };
    expect([refused.status, detail]).toEqual([status, expect.stringMatching(reason)]);
    expect((await ask(EXCHANGE_PATH, post(REQUEST))).status).toBe(200);
  });

  test('is a POST and nothing else', async () => {
    const { ask } = await start();
    expect((await ask(EXCHANGE_PATH, { headers: ADDRESSEE })).status).toBe(405);
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '<h1>', /viewId/],
    ['an empty object', {}, /viewId/],
    ['a word on the grant that is none', { ...STATUS, from: M, isGranted: 1 }, /isGranted must be true or false/],
    ['a view of nobody knows which number', { ...STATUS, from: M, isGranted: true, view: {} }, /number/],
  ])('that is answered with %s is as if nobody had answered', async (_, reply, reason) => {
    const server = createServer((req, res) => {
      req.resume();
      res.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const http = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const peer = dialHttp({ cluster: 'default' })({ ...M, http });
    cleanUp(async () => {
      await peer.close();
      server.closeAllConnections();
      server.close();
    });
    const refusal = { code: 'unavailable', answered: false, message: expect.stringMatching(reason) };
    await expect(peer.exchange(REQUEST, {})).rejects.toMatchObject(refusal);
  });
});

describe('a request between members over HTTP', () => {
  const SERVE = '/v1/peer/serve/g/k';

  test.each<[string, Record<string, string>, RegExp]>([
    ['says nothing of whom it is meant for', {}, /must say whom it is meant for: the headers Ringcache-Cluster and/],
    ['names no cluster', { 'Ringcache-To': 'served#present' }, /must say whom/],
    ['names no member', { 'Ringcache-Cluster': 'default' }, /must say whom/],
    ['names nobody', { ...ADDRESSEE, 'Ringcache-To': '' }, /must say whom/],
    ['names another member', { ...ADDRESSEE, 'Ringcache-To': 'other#present' }, /not other#present of cluster default/],
    [
      'names an earlier process',
      { ...ADDRESSEE, 'Ringcache-To': 'served#before' },
      /not served#before of cluster default/,
    ],
    ['names another cluster', { ...ADDRESSEE, 'Ringcache-Cluster': 'other' }, /of cluster other/],
    ['names a member in half an escape', { ...ADDRESSEE, 'Ringcache-To': 'served%2' }, /percent-encoding/],
    ['names a member in what is no UTF-8', { ...ADDRESSEE, 'Ringcache-To': '%ff#present' }, /percent-encoding/],
  ])('is refused if it %s, says why, and does nothing', async (_, headers, reason) => {
    const { ask, node } = await start();
    const group = node.groups.get('g')!;
    await group.get('held');
    for (const [method, path] of [
      ['GET', SERVE],
      ['GET', '/v1/peer/peek/g/held'],
      ['PUT', '/v1/peer/write/g/held'],
      ['POST', '/v1/peer/drop/g/held'],
      ['POST', EXCHANGE_PATH],
    ] as const) {
      const reply = await ask(path, { method, headers: { ...headers, 'X-Ringcache-Version': '1' } });
      expect(reply.status).toBe(421);
      const problem = { code: 'misdirected', detail: expect.stringMatching(reason) };
      expect(await reply.json()).toMatchObject(problem);
    }
    expect(Buffer.from(group.peek('held')!).toString()).toBe('value of held');
    expect(group.stats().serves).toBe(0);
  });

  test('is answered if it names the member in escapes, or whichever process has the id', async () => {
    const { ask } = await start();
    for (const to of ['%73erved%23present', 'served#']) {
      expect((await ask(SERVE, { headers: { ...ADDRESSEE, 'Ringcache-To': to } })).status).toBe(200);
    }
  });

  test('is refused before a door is asked: its rules are those of another member', async () => {
    const asked: string[] = [];
    const door = { admit: () => void asked.push('admit'), leave: () => {} };
    const { ask } = await start({ server: { door } });
    expect((await ask(SERVE)).status).toBe(421);
    expect(asked).toEqual([]);
  });

  test('of clients and of golang/groupcache names nobody', async () => {
    const { ask } = await start();
    expect((await ask('/v1/groups/g/keys/k')).status).toBe(200);
    expect((await ask('/_groupcache/g/k')).status).toBe(200);
  });
});
