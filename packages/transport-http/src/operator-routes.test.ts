import { afterEach, expect, test } from '@jest/globals';
import { localAdmin, type Operator } from '@ringcache/cache-core';

import { OPERATOR_PATHS } from './routes.js';
import { start, stopAll } from './testing/start.js';

afterEach(stopAll);

const ACTS = ['drain', 'reload'];

test.each(Object.entries(OPERATOR_PATHS))('%s is at %s, and takes its method alone', async (name, path) => {
  const { ask } = await start();
  const isAct = ACTS.includes(name);
  const wrong = await ask(path, { method: isAct ? 'GET' : 'DELETE' });
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get('allow')).toBe(name === 'logLevel' ? 'GET, POST' : isAct ? 'POST' : 'GET');
});

test.each([
  ['GET', '/v1/admin/report'],
  ['GET', '/v1/admin/hot-keys?group=g'],
  ['POST', '/v1/admin/drain'],
])('%s %s of a server that was given no admin says so', async (method, path) => {
  const { ask } = await start();
  const response = await ask(path, { method });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ detail: 'this server was started without an admin' });
});

test.each([
  ['/v1/admin/inspect?group=g', 400, 'the query must have a key, as in ?group=g&key=Tom'],
  ['/v1/admin/inspect?key=k', 400, 'group must not be empty'],
  ['/v1/admin/inspect?group=x&key=k', 404, 'no such group: "x"'],
  ['/v1/admin/hot-keys?group=g&limit=', 400, 'limit must be a whole number from 1 to 1000, got NaN'],
  ['/v1/admin/hot-keys?group=g&limit=many', 400, 'limit must be a whole number from 1 to 1000, got NaN'],
  ['/v1/admin/hot-keys?group=g&limit=1e9', 400, 'limit must be a whole number from 1 to 1000, got 1000000000'],
])('%s is %d', async (path, status, detail) => {
  const { ask } = await started();
  const response = await ask(path);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ detail });
});

test('a POST of the log level has to name one', async () => {
  const { ask } = await started();
  const response = await ask('/v1/admin/log-level', { method: 'POST' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ detail: 'the query must have a level, as in ?level=debug' });
});

test('a hundred hot keys are told of where no limit is given', async () => {
  const { ask, json } = await started();
  for (let i = 0; i < 120; i++) await ask(`/v1/groups/g/keys/k${i}`);
  expect((await json<{ keys: unknown[] }>('/v1/admin/hot-keys?group=g')).keys).toHaveLength(100);
  expect((await json<{ keys: unknown[] }>('/v1/admin/hot-keys?group=g&limit=7')).keys).toHaveLength(7);
});

/** With the admin of the node that is served. */
async function started() {
  let admin: ReturnType<typeof localAdmin> | undefined;
  const refuse = () => {
    throw new Error('not asked for here');
  };
  const operator: Operator = {
    version: '0',
    now: Date.now,
    uptimeMs: () => 0,
    state: () => 'live',
    process: refuse,
    drain: refuse,
    logLevel: refuse,
    config: refuse,
    reload: refuse,
  };
  const lazy = new Proxy({} as ReturnType<typeof localAdmin>, { get: (_, name) => Reflect.get(admin!, name) });
  const served = await start({ server: { admin: lazy } });
  admin = localAdmin(served.node, operator);
  return served;
}
