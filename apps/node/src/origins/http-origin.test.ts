import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';

import { type HttpOriginOptions, httpOrigin } from './http-origin.js';
import type { Origin } from './origin.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener, options: Partial<HttpOriginOptions> = {}): Promise<Origin> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/values/{key}?token=secret`;
  return httpOrigin({ url, headers: {}, useMaxAge: true, maxValueBytes: 1_000, ...options });
}

const context = () => ({ signal: new AbortController().signal, requestId: 'r-1' });

describe('an origin over HTTP', () => {
  test.each(['plain', '张三', 'a/b', 'a b', '100%', '...', '$&', '?#'])(
    'is asked for the key %j, encoded',
    async (key) => {
      const seen: string[] = [];
      const { load } = await serve((request, response) => {
        seen.push(request.url!);
        response.end('v');
      });
      const loaded = await load(key, context());
      expect(String((loaded as { value: Uint8Array }).value)).toBe(String(Buffer.from('v')));
      expect(seen).toEqual([`/values/${encodeURIComponent(key)}?token=secret`]);
    },
  );

  test.each(['.', '..'])('is not asked for the key %j, which would be another resource', async (key) => {
    const { load } = await serve((_, response) => response.end('v'));
    await expect(load(key, context())).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('is sent the headers that are configured, and the request id', async () => {
    let headers: NodeJS.Dict<string | string[]> = {};
    const { load } = await serve(
      (request, response) => {
        headers = request.headers;
        response.end('v');
      },
      { headers: { authorization: 'Bearer x' } },
    );
    await load('k', context());
    expect(headers).toMatchObject({ authorization: 'Bearer x', 'x-request-id': 'r-1' });
  });

  test('is told where the load stands in its trace, and no id that a header cannot carry', async () => {
    const seen: NodeJS.Dict<string | string[]>[] = [];
    const { load } = await serve((request, response) => {
      seen.push(request.headers);
      response.end('v');
    });
    const traceparent = `00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`;
    await load('k', { ...context(), requestId: '请求\r\n', trace: { traceparent, tracestate: 'a=1' } });
    await load('k', { ...context(), trace: { traceparent, tracestate: '' } });
    expect(seen[0]).toMatchObject({ traceparent, tracestate: 'a=1' });
    expect(seen[0]).not.toHaveProperty('x-request-id');
    expect(seen[1]).not.toHaveProperty('tracestate');
  });

  test.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'cache-control': 'public' }, undefined],
    [{ 'cache-control': 'max-age=60' }, 60_000],
    [{ 'cache-control': 'Public, Max-Age="5"' }, 5_000],
    [{ 'cache-control': 'max-age=60, s-maxage=9' }, 9_000],
    [{ 'cache-control': 's-maxage=9' }, 9_000],
    [{ 'cache-control': 'max-age=60', age: '20' }, 40_000],
    [{ 'cache-control': 'max-age=60', age: '90' }, 0],
    [{ 'cache-control': 'max-age=0' }, 0],
    [{ 'cache-control': 'no-store' }, 0],
    [{ 'cache-control': 'no-cache' }, 0],
    [{ 'cache-control': 'private, max-age=60' }, 0],
    [{ 'cache-control': 'max-age=60', vary: '*' }, 0],
    [{ expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
    [{ expires: '0' }, 0],
    [{ 'cache-control': 'max-age=60', expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }, 60_000],
  ])('with %j gives the life %p, as a shared cache has it', async (headers, ttlMs) => {
    const { load } = await serve((_, response) => response.writeHead(200, headers).end('v'));
    expect(((await load('k', context())) as { ttlMs?: number }).ttlMs).toBe(ttlMs);
  });

  test.each([404, 410])('that answers %i has no such key', async (status) => {
    const { load } = await serve((_, response) => response.writeHead(status).end('not here'));
    expect(await load('k', context())).toBeUndefined();
  });

  test.each([
    [400, 'invalid_argument'],
    [401, 'permission_denied'],
    [403, 'permission_denied'],
    [429, 'overloaded'],
    [500, 'internal'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ])('that answers %i fails the load with %s, and the URL’s secrets stay out of it', async (status, code) => {
    const { load } = await serve((_, response) => response.writeHead(status).end('no'));
    const failure = Promise.resolve(load('k', context()));
    await expect(failure).rejects.toMatchObject({ code, message: expect.not.stringContaining('secret') });
  });

  test('that sends more than a value may have fails the load, and is not read to its end', async () => {
    let sent = 0;
    const { load } = await serve((_, response) => {
      const more = () => {
        sent++;
        if (!response.destroyed) response.write(Buffer.alloc(1_000), () => setImmediate(more));
      };
      more();
    });
    await expect(load('k', context())).rejects.toMatchObject({ code: 'too_large' });
    expect(sent).toBeLessThan(1_000);
  });

  test('is left when the load is given up', async () => {
    const { load } = await serve(() => controller.abort());
    const controller = new AbortController();
    await expect(load('k', { signal: controller.signal, requestId: undefined })).rejects.toMatchObject({
      code: 'deadline',
    });
  });

  test('that is away fails the load at once, and the message tells neither path nor query', async () => {
    const away = await serve(() => {});
    servers.pop()!.close();
    await expect(away.load('k', context())).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^origin http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    });
  });

  test('that breaks off in the middle of a value fails the load', async () => {
    const { load } = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setImmediate(() => request.socket.destroy());
    });
    await expect(load('k', context())).rejects.toMatchObject({ code: 'unavailable' });
  });
});
