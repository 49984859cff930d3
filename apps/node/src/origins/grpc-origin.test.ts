import { Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from '@jest/globals';
import { origin } from '@ringcache/proto';

import { grpcOrigin } from './grpc-origin.js';
import type { Origin } from './origin.js';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Load = origin.OriginServer['load'];

/** A real service that answers with `load`, and an origin that asks it. */
async function serve(load: Load): Promise<Origin & { stop(): void }> {
  const server = new Server();
  server.addService(origin.OriginService, { load });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const asked = grpcOrigin({ target: `127.0.0.1:${port}`, group: 'scores', maxValueBytes: 1_000 });
  cleanups.push(
    () => server.forceShutdown(),
    () => asked.close(),
  );
  return { ...asked, stop: () => server.forceShutdown() };
}

const context = () => ({ signal: new AbortController().signal, requestId: 'r-1' });

describe('an origin over gRPC', () => {
  test('is asked for the group and the key, with the request id, and gives value and life', async () => {
    const seen: unknown[] = [];
    const { load } = await serve(({ request, metadata }, answer) => {
      seen.push(request, metadata.get('x-request-id'));
      answer(null, { value: Buffer.from('100'), ttlMs: 5_000 });
    });
    const loaded = await load('张三', context());
    expect(loaded).toMatchObject({ ttlMs: 5_000 });
    expect(String((loaded as { value: Buffer }).value)).toBe('100');
    expect(seen).toEqual([{ group: 'scores', key: '张三' }, ['r-1']]);
  });

  test('is told where the load stands in its trace, and no id that metadata cannot carry', async () => {
    const seen: unknown[] = [];
    const { load } = await serve(({ metadata }, answer) => {
      seen.push(metadata.get('x-request-id'), metadata.get('traceparent'), metadata.get('tracestate'));
      answer(null, { value: Buffer.from('v'), ttlMs: 0 });
    });
    const traceparent = `00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`;
    await load('k', { ...context(), requestId: '请求\r\n', trace: { traceparent, tracestate: 'a=1' } });
    expect(seen).toEqual([[], [traceparent], ['a=1']]);
  });

  test('says NOT_FOUND for a key that it does not have', async () => {
    const { load } = await serve((_, answer) => answer({ code: status.NOT_FOUND, details: 'nobody' } as ServiceError));
    expect(await load('k', context())).toBeUndefined();
  });

  test.each([
    ['INVALID_ARGUMENT', 'invalid_argument'],
    ['UNAVAILABLE', 'unavailable'],
    ['RESOURCE_EXHAUSTED', 'overloaded'],
    ['PERMISSION_DENIED', 'permission_denied'],
    ['UNAUTHENTICATED', 'permission_denied'],
    ['DEADLINE_EXCEEDED', 'deadline'],
    ['INTERNAL', 'internal'],
    ['UNKNOWN', 'internal'],
    ['FAILED_PRECONDITION', 'internal'],
  ] as const)('that fails with %s fails the load with %s', async (name, code) => {
    const { load } = await serve((_, answer) => answer({ code: status[name], details: 'said so' } as ServiceError));
    await expect(load('k', context())).rejects.toMatchObject({ code, message: expect.stringContaining('said so') });
  });

  test('that sends more than a value may have fails the load', async () => {
    const { load } = await serve((_, answer) => answer(null, { value: Buffer.alloc(100_000), ttlMs: 0 }));
    await expect(load('k', context())).rejects.toMatchObject({ code: 'overloaded' });
  });

  test('is told when the load is given up', async () => {
    let heard = () => {};
    const wasCancelled = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const controller = new AbortController();
    const { load } = await serve((call) => {
      call.on('cancelled', () => heard());
      controller.abort();
    });
    await expect(load('k', { signal: controller.signal, requestId: undefined })).rejects.toMatchObject({
      code: 'deadline',
    });
    await wasCancelled;
  });

  test('that is away fails the load at once', async () => {
    const asked = await serve((_, answer) => answer(null, { value: Buffer.from('v'), ttlMs: 0 }));
    await asked.load('k', context());
    asked.stop();
    await expect(asked.load('k', context())).rejects.toMatchObject({ code: 'unavailable' });
  });
});
