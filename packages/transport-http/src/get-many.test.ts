import { afterEach, expect, test } from '@jest/globals';
import { CacheError } from '@ringcache/cache-core';

import { start, stopAll } from './testing/start.js';

afterEach(stopAll);

interface Results {
  results: { key: string; value: string; ttlMs: number; error?: { code: string } }[];
}

const MANY = '/v1/groups/g:getMany';

function body(value: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(value) };
}

test('every key is answered in its order: by its value, or by its error', async () => {
  const { json } = await start({
    limits: { ttlMs: 60_000 },
    groups: {
      g: async (key) => {
        if (key === 'bad') throw new CacheError('unavailable', 'gone');
        return key === 'absent' ? undefined : { value: Buffer.from([0, 255, key.length]), ttlMs: 5_000 };
      },
    },
  });
  const keys = ['张三', 'absent', 'bad', '', 'a\ud800', '张三'];
  const { results } = await json<Results>(MANY, body({ keys }));
  expect(results.map((result) => result.key)).toEqual(keys);
  expect(results[0]).toMatchObject({ value: 'AP8C', version: 0, source: 'load', servedBy: 'served' });
  expect(results[0]!.ttlMs).toBeLessThanOrEqual(5_000);
  expect(results.map((result) => result.error?.code)).toEqual([
    undefined,
    'not_found',
    'unavailable',
    'invalid_argument',
    'invalid_argument',
    undefined,
  ]);
});

test('a value that does not expire has no time to live', async () => {
  const { json } = await start();
  const { results } = await json<Results>(MANY, body({ keys: ['k'] }));
  expect(results[0]).not.toHaveProperty('ttlMs');
});

test('a thousand keys are taken, and none is', async () => {
  const { json } = await start();
  const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
  const { results } = await json<Results>(MANY, body({ keys }));
  expect(results).toHaveLength(1_000);
  expect(Buffer.from(results[999]!.value, 'base64').toString()).toBe('value of k999');
  expect(await json<Results>(MANY, body({ keys: [] }))).toEqual({ results: [] });
});

test.each([
  ['a thousand and one keys', JSON.stringify({ keys: Array.from({ length: 1_001 }, () => 'k') })],
  ['a key that is no string', '{"keys":["a",1]}'],
  ['no keys', '{}'],
  ['a list', '["a"]'],
  ['null', 'null'],
  ['what is no JSON', '{"keys":'],
  ['nothing', ''],
])('%s is an invalid argument', async (_, text) => {
  const { json } = await start();
  expect(await json(MANY, { method: 'POST', body: text })).toMatchObject({ status: 400, code: 'invalid_argument' });
});

test('an unknown group fails as a whole', async () => {
  const { json } = await start();
  expect(await json('/v1/groups/other:getMany', body({ keys: ['k'] }))).toMatchObject({
    status: 404,
    code: 'no_such_group',
  });
});

test('values beyond 16 MiB are to be asked for by themselves', async () => {
  const value = Buffer.alloc(4 * 1024 * 1024, 'v');
  const { json } = await start({ groups: { g: async (key) => (key === 'small' ? Buffer.from('s') : value) } });
  const { results } = await json<Results>(MANY, body({ keys: ['1', '2', '3', '4', '5', 'small'] }));
  const outcome = results.map((result) => result.error?.code ?? 'found');
  expect(outcome).toEqual(['found', 'found', 'found', 'found', 'too_large', 'too_large']);
});
