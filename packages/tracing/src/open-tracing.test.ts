import { createServer } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { CacheError, type ErrorCode, parseTrace } from '@ringcache/cache-core';

import { inSpan } from './in-span.js';
import { type OpenTracing, openTracing, type TracingOptions, tracingFrom } from './open-tracing.js';
import { Collector } from './testing/collector.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: Partial<TracingOptions> = {}) {
  const collector = await Collector.start();
  cleanups.push(() => collector.close());
  const tracing = await openTracing({ serviceName: 'test', endpoint: collector.endpoint, ...options });
  cleanups.push(() => tracing.close());
  return { collector, tracing };
}

const PARENT = parseTrace(`00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`, 'vendor=x')!;

describe('a span', () => {
  test('comes to the collector with its parent, its kind, and who recorded it', async () => {
    const { collector, tracing } = await start({ instanceId: 'node-1', headers: { 'x-key': 'secret' } });
    const outer = tracing.start('outer', { kind: 'server', parent: PARENT, attributes: { text: 'a', number: 2 } });
    const inner = tracing.start('inner', { kind: 'client', parent: outer.context });
    inner.set({ yes: true });
    inner.end();
    outer.end();
    await tracing.close();
    expect(collector.headers[0]).toMatchObject({ 'x-key': 'secret' });
    const [first, second] = collector.spans;
    expect(second).toMatchObject({
      ...{
        name: 'outer',
        kind: 'server',
        attributes: { text: 'a', number: 2 },
        isError: false,
        traceState: 'vendor=x',
      },
      ...{ traceId: '4b'.repeat(16), parentSpanId: 'a1'.repeat(8) },
      resource: { 'service.name': 'test', 'service.instance.id': 'node-1' },
    });
    expect(first).toMatchObject({ name: 'inner', kind: 'client', attributes: { yes: true } });
    expect(first).toMatchObject({ traceId: second!.traceId, parentSpanId: second!.spanId });
    expect(outer.context.traceparent).toBe(`00-${second!.traceId}-${second!.spanId}-01`);
    expect(outer.context.tracestate).toBe('vendor=x');
    for (const { startedAtNs, endedAtNs } of collector.spans) expect(endedAtNs).toBeGreaterThanOrEqual(startedAtNs);
  });

  test('without a parent begins a trace', async () => {
    const { collector, tracing } = await start();
    for (const name of ['a', 'b']) tracing.start(name, { kind: 'server', parent: undefined }).end();
    await tracing.close();
    const [a, b] = collector.spans;
    expect([a!.parentSpanId, b!.parentSpanId]).toEqual(['', '']);
    expect(a!.traceId).not.toBe(b!.traceId);
  });

  test('ends once, and what comes later has no effect', async () => {
    const { collector, tracing } = await start();
    const span = tracing.start('once', { kind: 'client', parent: undefined });
    span.end();
    span.set({ late: true });
    span.end(new CacheError('internal', 'late'));
    await tracing.close();
    expect(collector.spans).toMatchObject([{ name: 'once', attributes: {}, isError: false }]);
  });

  test.each<[ErrorCode, boolean, boolean]>([
    ['not_found', false, false],
    ['invalid_argument', true, false],
    ['overloaded', true, false],
    ['unavailable', true, true],
    ['deadline', true, true],
    ['internal', true, true],
  ])('that ends with %s is a failure of a client: %p, of a server: %p', async (code, ofClient, ofServer) => {
    const { collector, tracing } = await start();
    for (const kind of ['client', 'server'] as const) {
      tracing.start(kind, { kind, parent: undefined }).end(new CacheError(code, 'of the key k'));
    }
    await tracing.close();
    const told = code === 'not_found' ? { 'ringcache.found': false } : { 'error.type': code };
    expect(collector.spans).toMatchObject([
      { isError: ofClient, errorText: '', attributes: told },
      { isError: ofServer, errorText: '', attributes: told },
    ]);
  });

  test('shows its key, and texts of errors, only where it was told to', async () => {
    for (const includeKeys of [false, true]) {
      const { collector, tracing } = await start({ includeKeys });
      tracing
        .start('get', { kind: 'client', parent: undefined, key: '张三' })
        .end(new CacheError('internal', 'about 张三'));
      await tracing.close();
      const [span] = collector.spans;
      expect(span!.attributes['ringcache.key']).toBe(includeKeys ? '张三' : undefined);
      expect(span!.errorText).toBe(includeKeys ? 'about 张三' : '');
    }
  });
});

describe('what is done in a span', () => {
  test('gets its context, and its failure is the failure of the span', async () => {
    const { collector, tracing } = await start();
    const options = { kind: 'client', parent: PARENT } as const;
    const passedOn = await inSpan(tracing, 'good', options, async (trace) => trace);
    const failing = inSpan(tracing, 'bad', options, async () => Promise.reject(new CacheError('internal', 'x')));
    await expect(failing).rejects.toMatchObject({ code: 'internal' });
    await tracing.close();
    const [good, bad] = collector.spans;
    expect(passedOn!.traceparent).toBe(`00-${good!.traceId}-${good!.spanId}-01`);
    expect([good!.isError, bad!.isError]).toEqual([false, true]);
  });

  test.each<[string, Parameters<typeof inSpan>[2]]>([
    [
      'a parent that is not sampled',
      { kind: 'server', parent: parseTrace(`00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-00`) },
    ],
    ['no parent, as a client', { kind: 'client', parent: undefined }],
  ])('with %s is not recorded, and gets the context that there is', async (_, options) => {
    const { collector, tracing } = await start({ sampleRatio: 1 });
    expect(await inSpan(tracing, 'not', options, async (trace, span) => [trace, span])).toEqual([
      options.parent,
      undefined,
    ]);
    await tracing.close();
    expect(collector.spans).toEqual([]);
  });
});

describe('a collector', () => {
  afterEach(() => {
    jest.useRealTimers();
  });
  const holdTime = () => jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });

  /** Lets held time pass as quickly as the network takes part. Returns how many ms have passed when it is done. */
  async function inNoTime(work: Promise<void>): Promise<number> {
    const STEP_MS = 10;
    let isDone = false;
    void work.then(() => {
      isDone = true;
    });
    const begunAt = Date.now();
    for (;;) {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (isDone) return Date.now() - begunAt;
      jest.advanceTimersByTime(STEP_MS);
    }
  }

  test('that is away costs a warning, and not one for each batch', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    await new Promise((resolve) => server.close(resolve));
    const problems: string[] = [];
    holdTime();
    const { tracing } = await start({ endpoint: `http://127.0.0.1:${port}`, onProblem: (text) => problems.push(text) });
    for (let i = 0; i < 1_200; i++) tracing.start('lost', { kind: 'client', parent: undefined }).end();
    await inNoTime(tracing.close());
    expect(problems).toEqual([expect.stringMatching(/^\d+ spans were lost, the collector did not take them: .+/)]);
  });

  test('that refuses costs a warning that says so', async () => {
    const problems: string[] = [];
    const { collector, tracing } = await start({ onProblem: (text) => problems.push(text) });
    collector.status = 401;
    tracing.start('refused', { kind: 'client', parent: undefined }).end();
    await tracing.close();
    expect(problems).toEqual([expect.stringMatching(/^1 spans were lost, .*Unauthorized/)]);
  });

  test('that never answers does not hold up the end', async () => {
    const silent = createServer();
    const sockets = new Set<import('node:net').Socket>();
    silent.on('connection', (socket) => sockets.add(socket));
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    });
    const port = await new Promise<number>((resolve) =>
      silent.listen(0, '127.0.0.1', () => resolve((silent.address() as { port: number }).port)),
    );
    holdTime();
    const tracing = await openTracing({ serviceName: 'test', endpoint: `http://127.0.0.1:${port}` });
    tracing.start('held', { kind: 'client', parent: undefined }).end();
    expect(await inNoTime(tracing.close())).toBeLessThanOrEqual(4_000);
    expect(sockets.size).toBe(1);
  });

  test('is sent what has waited for a while, without an end', async () => {
    const { collector, tracing } = await start({ delayMs: 1 });
    tracing.start('soon', { kind: 'client', parent: undefined }).end();
    await collector.until('the span', (spans) => spans.length === 1);
  });

  test('whose address is none is refused at once', async () => {
    await expect(openTracing({ serviceName: 'test', endpoint: 'nowhere' })).rejects.toThrow('Invalid URL');
  });
});

test('without an endpoint there are no traces', async () => {
  const tracing: OpenTracing | undefined = await tracingFrom({ serviceName: 'test' });
  expect(tracing).toBeUndefined();
});
