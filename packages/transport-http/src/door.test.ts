import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CacheError, type Door, Group, Peers, systemClock } from '@ringcache/cache-core';
import { doorContract } from '@ringcache/cache-core/testing/door-contract';

import { connectHttp } from './connect.js';
import { dialHttp } from './dial.js';
import { type HttpServer, serveHttp } from './server.js';

doorContract('HTTP', {
  serve: async (node, door) => {
    const server = await serveHttp(node, { door, drainTimeoutMs: 0 });
    return { grpc: '', http: server.address, stop: () => server.close() };
  },
  dial: (token, served) =>
    dialHttp({ cluster: 'default', token })({ ...served, id: 'served', weight: 1, incarnation: '' }),
  connect: (token, served) => connectHttp({ token })(served),
});

describe('a door of HTTP', () => {
  const group = { name: 'a/b', load: (key: string) => Buffer.from(key) };
  const asked: string[] = [];
  let inside = 0;
  const door: Door = {
    admit: (_, access, name, keys) => {
      asked.push(`${access} ${name} ${keys}`);
      if (name === 'closed') throw new CacheError('unauthenticated', 'a bearer token is needed');
      if (name === 'busy') throw new CacheError('overloaded', 'too many requests', { retryAfterMs: 1_200 });
      inside += keys;
    },
    leave: (_, keys) => {
      inside -= keys;
    },
  };
  let server: HttpServer;
  beforeAll(async () => {
    const self = { id: 'only', grpc: '', http: '', weight: 1 };
    const peers = new Peers({ self, dial: dialHttp({ cluster: 'default' }) });
    const made = new Group({ ...group, peers, clock: systemClock });
    server = await serveHttp({ peers, groups: new Map([['a/b', made]]) }, { door, drainTimeoutMs: 0 });
  });
  afterAll(() => server.close());

  const ask = (path: string, init?: RequestInit) => fetch(`http://${server.address}${path}`, init);

  test.each([
    ['/api?key=k&group=a%2Fb', 'read a/b 1'],
    ['/_groupcache/a%2Fb/k', 'read a/b 1'],
    ['/v1/groups/a%2Fb/keys/k', 'read a/b 1'],
    ['/v1/admin/stats', 'admin  1'],
    ['/v1/admin/stats?group=a%2Fb', 'admin a/b 1'],
    ['/v1/admin/owner?key=k', 'read  1'],
  ])('hears of the group that %s is about', async (path, wanted) => {
    asked.length = 0;
    expect((await ask(path)).status).toBe(200);
    expect(asked).toEqual([wanted]);
  });

  test('hears how many keys are asked for at once', async () => {
    asked.length = 0;
    const body = JSON.stringify({ keys: ['x', 'y', 'z'] });
    const response = await ask('/v1/groups/a%2Fb:getMany', { method: 'POST', body });
    expect(await response.json()).toMatchObject({ results: [{ key: 'x' }, { key: 'y' }, { key: 'z' }] });
    expect(asked).toEqual(['read a/b 1', 'read a/b 2']);
    while (inside > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(inside).toBe(0);
  });

  test('answers 401 with how to come in, and 429 with when', async () => {
    const closed = await ask('/v1/groups/closed/keys/k');
    expect([closed.status, closed.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await closed.json()).toMatchObject({ code: 'unauthenticated' });
    const busy = await ask('/v1/groups/busy/keys/k');
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await busy.json()).toMatchObject({ code: 'overloaded', retryAfterMs: 1_200 });
  });
});
