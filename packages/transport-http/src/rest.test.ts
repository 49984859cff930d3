import { afterEach, describe, expect, test } from '@jest/globals';
import { CacheError } from '@ringcache/cache-core';

import { cacheControl } from './rest.js';
import { cleanUp, start, stopAll } from './testing/start.js';

afterEach(stopAll);

const K = '/v1/groups/g/keys/k';

describe('a read', () => {
  test('tells all that is known of the value', async () => {
    const { ask } = await start({ limits: { ttlMs: 60_000 }, self: { id: 'node 1 (张三)' } });
    const loaded = await ask(K);
    const hit = await ask(K);
    expect(loaded.status).toBe(200);
    expect(await loaded.text()).toBe('value of k');
    expect(loaded.headers.get('content-type')).toBe('application/octet-stream');
    expect(loaded.headers.get('x-ringcache-source')).toBe('load');
    expect(hit.headers.get('x-ringcache-source')).toBe('main');
    expect(hit.headers.get('x-ringcache-version')).toBe('0');
    expect(hit.headers.get('cache-control')).toMatch(/^max-age=(60|59)$/);
    expect(Number(hit.headers.get('x-ringcache-ttl-ms'))).toBeGreaterThan(50_000);
    expect(decodeURIComponent(hit.headers.get('x-ringcache-served-by')!)).toBe('node 1 (张三)');
  });

  test('with the tag of the same bytes is answered 304 without them, and 200 once they changed', async () => {
    const { ask } = await start({ groups: { g: undefined } });
    await ask(K, { method: 'PUT', body: 'one' });
    const etag = (await ask(K)).headers.get('etag')!;
    const same = await ask(K, { headers: { 'If-None-Match': `"other", ${etag}` } });
    expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, etag, '']);
    await ask(K, { method: 'PUT', body: 'two' });
    const changed = await ask(K, { headers: { 'If-None-Match': etag } });
    expect([changed.status, await changed.text()]).toEqual([200, 'two']);
    await ask(K, { method: 'PUT', body: 'one' });
    expect((await ask(K, { headers: { 'If-None-Match': etag } })).status).toBe(304);
  });

  test('by HEAD has the headers of a GET and no body', async () => {
    const { raw } = await start();
    const reply = await raw(`HEAD ${K} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1\.1 200 .*Content-Length: 10\r\n.*\r\n\r\n$/s);
  });

  test.each([1, 4_096, 4_097, 100_000])('of %i bytes, every one of them its own, arrives whole', async (bytes) => {
    const value = Buffer.alloc(bytes).map((_, i) => i % 256);
    const { ask } = await start({ groups: { g: async () => value } });
    expect(Buffer.compare(Buffer.from(await (await ask(K)).arrayBuffer()), value)).toBe(0);
  });

  test.each([
    [Number.POSITIVE_INFINITY, 'no-cache'],
    [999, 'no-store'],
    [1_000, 'max-age=1'],
    [59_999, 'max-age=59'],
  ])('with %d ms left may be kept: %s', (ttlMs, control) => {
    expect(cacheControl(ttlMs)).toBe(control);
  });
});

describe('a write', () => {
  test('is answered with its version, and what was set is read', async () => {
    const { ask } = await start({ groups: { g: undefined } });
    const set = await ask(K, { method: 'PUT', body: 'v' });
    expect([set.status, set.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await set.json()).toEqual({ version: 1, applied: 'all' });
    expect(await (await ask(K)).text()).toBe('v');
    expect(await (await ask(K, { method: 'DELETE' })).json()).toEqual({ version: 2, applied: 'all' });
    expect((await ask(K)).status).toBe(404);
  });

  test.each([
    ['?ttl=90s', {}],
    ['', { 'X-Ringcache-Ttl-Ms': '90000' }],
  ])('keeps to the time to live of %j %j', async (query, headers) => {
    const { ask } = await start({ groups: { g: undefined } });
    expect((await ask(`${K}${query}`, { method: 'PUT', body: 'v', headers })).status).toBe(200);
    expect((await ask(K)).headers.get('cache-control')).toMatch(/^max-age=(90|89)$/);
  });

  test.each([
    ['?ttl=90', {}],
    ['?ttl=-1s', {}],
    ['?ttl=%', {}],
    ['?TTL=30s', {}], // taken for nothing said, it would be kept for ever
    ['?tll=5s', {}],
    ['?ttl=5s&x', {}],
    ['', { 'X-Ringcache-Ttl-Ms': 'soon' }],
    ['', { 'If-None-Match': '*' }],
    ['', { 'If-Match': '"tag"' }],
    ['', { 'X-Ringcache-Timeout-Ms': 'never' }],
  ])('with %j %j is refused, and nothing is set', async (query, headers) => {
    const { ask, json } = await start({ groups: { g: undefined } });
    expect(await json(`${K}${query}`, { method: 'PUT', body: 'v', headers })).toMatchObject({
      status: 400,
      code: 'invalid_argument',
    });
    expect((await ask(K)).status).toBe(404);
  });

  test.each([
    ['?ttl=0s', 404, 'no-store'],
    ['?ttl=forever', 200, 'no-cache'],
  ])('with %s answers %i from then on', async (query, status, cacheControl) => {
    const { ask } = await start({ groups: { g: undefined }, limits: { ttlMs: 1_000 } });
    await ask(K, { method: 'PUT', body: 'old' });
    expect((await ask(`${K}${query}`, { method: 'PUT', body: 'v' })).status).toBe(200);
    const answer = await ask(K);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, cacheControl]);
  });

  test("over the group's own limit is too large", async () => {
    const { ask } = await start({ groups: { g: undefined }, limits: { maxValueBytes: 8 } });
    expect((await ask(K, { method: 'PUT', body: '123456789' })).status).toBe(413);
    expect((await ask(K, { method: 'PUT', body: '12345678' })).status).toBe(200);
  });
});

describe('a failure', () => {
  test.each([
    ['/v1/groups/g/keys/absent', 404, 'not_found'],
    ['/v1/groups/other/keys/k', 404, 'no_such_group'],
    ['/v1/groups/g/keys/', 400, 'invalid_argument'],
    ['/v1/groups/g/keys/%zz', 400, 'invalid_argument'],
    [`/v1/groups/g/keys/${'x'.repeat(8_193)}`, 400, 'invalid_argument'],
    [`/v1/groups/g/keys/${'%41'.repeat(8_193)}`, 400, 'invalid_argument'],
    ['/v1/groups/g/keys/busy', 429, 'overloaded'],
    ['/v1/groups/g/keys/away', 503, 'unavailable'],
    ['/v1/nothing', 404, 'invalid_argument'],
  ])('on %.40s is a problem with status %i and code %s', async (path, status, code) => {
    const { ask } = await start({
      groups: {
        g: async (key) => {
          if (key === 'busy') throw new CacheError('overloaded', 'later');
          if (key === 'away') throw new CacheError('unavailable', 'gone');
          return undefined;
        },
      },
    });
    const reply = await ask(path, { headers: { 'X-Request-Id': 'mine' } });
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.headers.get('x-request-id')).toBe('mine');
    expect(reply.headers.get('retry-after')).toBe(status === 429 || status === 503 ? '1' : null);
    const problem = (await reply.json()) as Record<string, unknown>;
    expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'detail', 'code']);
    expect(problem).toMatchObject({ status, code, type: `urn:ringcache:problem:${code}` });
    expect(reply.status).toBe(status);
  });

  test("of a caller's own timeout is a 504, soon", async () => {
    let release = () => {};
    const held = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    cleanUp(() => release());
    const { json } = await start({ groups: { g: () => held } });
    expect(await json(K, { headers: { 'X-Ringcache-Timeout-Ms': '20' } })).toMatchObject({
      status: 504,
      code: 'deadline',
    });
  });

  test('of a method says which there are', async () => {
    const { ask } = await start();
    const reply = await ask(K, { method: 'POST', body: 'v' });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, DELETE']);
    const many = await ask('/v1/groups/g:getMany');
    expect([many.status, many.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

test('a request goes on with the trace of its headers, if there is one that can be read', async () => {
  const seen: unknown[] = [];
  const { ask } = await start({
    groups: {
      g: async (_, { trace }) => {
        seen.push(trace);
        return Buffer.from('v');
      },
    },
  });
  const traceparent = `00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`;
  const sent: Record<string, string>[] = [
    { traceparent, tracestate: 'a=1' },
    { traceparent },
    { traceparent: `${traceparent}, ${traceparent}` },
    { tracestate: 'a=1' },
  ];
  for (const [i, headers] of sent.entries()) await ask(`${K}${i}`, { headers });
  expect(seen).toEqual([{ traceparent, tracestate: 'a=1' }, { traceparent, tracestate: '' }, undefined, undefined]);
});

describe('a request id', () => {
  test("that is valid is the caller's, to the loader and back; else it is a new one", async () => {
    const seen: (string | undefined)[] = [];
    const { ask } = await start({
      groups: {
        g: async (_, { requestId }) => {
          seen.push(requestId);
          return Buffer.from('v');
        },
      },
    });
    const ids = ['req-1', 'x'.repeat(129), undefined];
    const back: (string | null)[] = [];
    for (const [i, id] of ids.entries()) {
      const headers: Record<string, string> = id === undefined ? {} : { 'X-Request-Id': id };
      back.push((await ask(`${K}${i}`, { headers })).headers.get('x-request-id'));
    }
    expect(back).toEqual(seen);
    expect(back[0]).toBe('req-1');
    expect(back[1]).toMatch(/^[\w-]{8,}$/);
    expect(back[2]).toMatch(/^[\w-]{8,}$/);
    expect(back[1]).not.toBe(back[2]);
  });
});
