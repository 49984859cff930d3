// What the engine records of requests, on whole nodes in one process, and the real spans of it.

import { afterEach, describe, expect, test } from '@jest/globals';
import { CacheError, type GroupEvent, parseTrace, type TraceContext } from '@ringcache/cache-core';
import { settled, TestCluster, type TestClusterOptions } from '@ringcache/cache-core/testing';

import { type OpenTracing, openTracing } from './open-tracing.js';
import { Collector, type ReceivedSpan } from './testing/collector.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const SAMPLED = parseTrace(`00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`)!;
const UNSAMPLED = parseTrace(`00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-00`)!;
const value = async () => Buffer.from('v');

type GroupSettings = TestClusterOptions['groups'][string];

async function start(group: GroupSettings, { size = 2, sampleRatio = 0 } = {}) {
  const collector = await Collector.start();
  const tracing = await openTracing({ serviceName: 'test', endpoint: collector.endpoint, sampleRatio });
  const cluster = new TestCluster({ size, groups: { g: { tracing, ...group } } });
  cleanups.push(
    () => collector.close(),
    () => tracing.close(),
    () => cluster.close(),
  );
  return { collector, tracing, cluster };
}

/** Name, kind and the name of the parent of each span. */
async function treeOf(tracing: OpenTracing, collector: Collector) {
  await tracing.close();
  const names = new Map(collector.spans.map(({ spanId, name, kind }) => [spanId, `${kind} ${name}`]));
  return collector.spans.map((span) => [names.get(span.spanId), names.get(span.parentSpanId) ?? span.parentSpanId]);
}

function spanOf(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const span = spans.find((each) => each.name === name);
  if (span === undefined) throw new Error(`no span ${name} among ${spans.map((each) => each.name)}`);
  return span;
}

const ROOT = 'a1'.repeat(8);
const GET = 'server ringcache.v1.Cache/Get';
const FETCH = 'client ringcache.v1.Peer/Get';
const SERVE = 'server ringcache.v1.Peer/Get';
const LOAD = 'internal ringcache.load';

describe('a get that is recorded', () => {
  test('of a key that another member owns is a chain to the load', async () => {
    const { collector, tracing, cluster } = await start({ load: value });
    const { clock } = cluster;
    const got = cluster.group('g').get(cluster.keyOwnedBy(1), { trace: SAMPLED, requestId: 'r-1' });
    await clock.advance(100);
    await got;
    expect(await treeOf(tracing, collector)).toEqual([
      [LOAD, SERVE],
      [SERVE, FETCH],
      [FETCH, GET],
      [GET, ROOT],
    ]);
    expect(collector.spans[3]!.attributes).toEqual({
      ...{ 'rpc.system.name': 'ringcache', 'rpc.method': 'ringcache.v1.Cache/Get', 'ringcache.group': 'g' },
      ...{ 'ringcache.source': 'load', 'ringcache.served_by': 'node-2', 'ringcache.value_bytes': 1 },
      'ringcache.request_id': 'r-1',
    });
    expect(collector.spans[2]!.attributes).toMatchObject({ 'ringcache.member': 'node-2', 'server.address': 'node-2' });
  });

  test('of a key that is held is a span at the node that holds it, by whichever way it is asked', async () => {
    const { collector, tracing, cluster } = await start({ load: value }, { size: 1 });
    const group = cluster.group('g');
    await group.get('k');
    const key = Buffer.from('k');
    expect(group.answerHeld(key, 0, 1, 'client', UNSAMPLED.traceparent)?.source).toBe('main');
    expect(group.answerHeld(key, 0, 1, 'peer', '')?.source).toBe('main');
    expect(group.answerHeld(key, 0, 1, 'client', SAMPLED.traceparent)).toBeUndefined();
    expect(group.answerHeld(key, 0, 1, 'peer', SAMPLED.traceparent)).toBeUndefined();
    await group.get('k', { trace: SAMPLED });
    await group.serve('k', { trace: SAMPLED });
    expect(await treeOf(tracing, collector)).toEqual([
      [GET, ROOT],
      [SERVE, ROOT],
    ]);
    expect(collector.spans[0]!.attributes).toMatchObject({ 'ringcache.source': 'main' });
  });

  test('of a key that the origin does not have is no failure', async () => {
    const { collector, tracing, cluster } = await start({ load: async () => undefined }, { size: 1 });
    await expect(cluster.group('g').get('k', { trace: SAMPLED })).rejects.toMatchObject({ code: 'not_found' });
    await tracing.close();
    expect(collector.spans.map(({ isError, attributes }) => [isError, attributes['ringcache.found']])).toEqual([
      [false, false],
      [false, false],
    ]);
  });

  test('that fails at the origin is a failure of every step', async () => {
    const load = async () => {
      throw new CacheError('internal', 'out of order');
    };
    const { collector, tracing, cluster } = await start({ load });
    const got = cluster.group('g').get(cluster.keyOwnedBy(1), { trace: SAMPLED });
    const failed = expect(got).rejects.toMatchObject({ code: 'internal' });
    await cluster.clock.advance(100);
    await failed;
    await tracing.close();
    expect(collector.spans.map(({ isError, attributes }) => [isError, attributes['error.type']])).toEqual(
      Array.from({ length: 4 }, () => [true, 'internal']),
    );
  });

  test('whose caller gives up ends then, and its load when its own time is up', async () => {
    const { collector, tracing, cluster } = await start(
      { load: () => new Promise(() => {}), flightTimeoutMs: 5_000 },
      { size: 1 },
    );
    const got = cluster.group('g').get('k', { trace: SAMPLED, timeoutMs: 10 });
    const late = expect(got).rejects.toMatchObject({ code: 'deadline' });
    await cluster.clock.advance(10);
    await late;
    await cluster.clock.advance(5_000);
    expect(await treeOf(tracing, collector)).toEqual([
      [GET, ROOT],
      [LOAD, GET],
    ]);
    expect(collector.spans.map(({ attributes }) => attributes['error.type'])).toEqual(['deadline', 'deadline']);
  });

  test('of many that wait for one load has the load in the trace that began it', async () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { collector, tracing, cluster } = await start({ load: async () => opened.then(value) }, { size: 1 });
    const gets = [SAMPLED, SAMPLED, UNSAMPLED].map((trace) => cluster.group('g').get('k', { trace }));
    open();
    await Promise.all(gets);
    expect((await treeOf(tracing, collector)).sort()).toEqual([
      [LOAD, GET],
      [GET, ROOT],
      [GET, ROOT],
    ]);
  });
});

describe('a write that is recorded', () => {
  test('goes from the node that is asked to the owner', async () => {
    const { collector, tracing, cluster } = await start({ load: value });
    const key = cluster.keyOwnedBy(1);
    for (const change of [{ op: 'set', key, value: Buffer.from('w') } as const, { op: 'delete', key } as const]) {
      const written = cluster.group('g').write(change, { trace: SAMPLED });
      await cluster.clock.advance(100);
      await written;
    }
    expect(await treeOf(tracing, collector)).toEqual(
      ['Set', 'Delete'].flatMap((method) => [
        [`server ringcache.v1.Peer/${method}`, `client ringcache.v1.Peer/${method}`],
        [`client ringcache.v1.Peer/${method}`, `server ringcache.v1.Cache/${method}`],
        [`server ringcache.v1.Cache/${method}`, ROOT],
      ]),
    );
    expect(collector.spans[2]!.attributes).toMatchObject({ 'ringcache.applied': 'all' });
  });

  test('of every key is a span of the node that is asked', async () => {
    const { collector, tracing, cluster } = await start({ load: value });
    const cleared = cluster.group('g').clear({ trace: SAMPLED });
    await cluster.clock.advance(100);
    await cleared;
    await tracing.close();
    expect(spanOf(collector.spans, 'ringcache.v1.Cache/Clear').attributes['ringcache.key']).toBeUndefined();
  });
});

describe('where a request stands in its trace', () => {
  async function passedOn(trace: TraceContext | undefined, group: GroupSettings = {}) {
    const seen: (TraceContext | undefined)[] = [];
    const events: GroupEvent[] = [];
    const { collector, tracing, cluster } = await start({
      load: async (_, context) => {
        seen.push(context.trace);
        return Buffer.from('v');
      },
      observe: (event) => events.push({ ...event }),
      ...group,
    });
    const got = cluster.group('g').get(cluster.keyOwnedBy(1), { trace });
    await cluster.clock.advance(100);
    await got;
    await tracing.close();
    return { context: seen[0], events, spans: collector.spans };
  }

  test('goes on to the origin as it came, if it is not sampled', async () => {
    const { context, events, spans } = await passedOn(UNSAMPLED);
    expect(context).toEqual(UNSAMPLED);
    expect(spans).toEqual([]);
    expect(events.every(({ traceId }) => traceId === undefined)).toBe(true);
  });

  test('goes on as the span of the load, if it is, and its steps are told with the trace', async () => {
    const { context, events, spans } = await passedOn(SAMPLED);
    const { traceId, spanId } = spanOf(spans, 'ringcache.load');
    expect(context!.traceparent).toBe(`00-${traceId}-${spanId}-01`);
    expect(events.length).toBeGreaterThan(5);
    expect(events.map((event) => event.traceId)).toEqual(events.map(() => '4b'.repeat(16)));
  });

  test('goes on as it came without a tracer, and its steps are told with the trace all the same', async () => {
    const { context, events } = await passedOn(SAMPLED, { tracing: undefined });
    expect(context).toEqual(SAMPLED);
    expect(events.map((event) => event.traceId)).toEqual(events.map(() => '4b'.repeat(16)));
  });

  test('is told to the origin, if it is nowhere: the origin is not to draw again', async () => {
    const { context } = await passedOn(undefined);
    expect(context!.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect((await passedOn(undefined, { tracing: undefined })).context).toBeUndefined();
  });
});

describe('a trace that begins at a node', () => {
  test('begins with what clients ask, never with what members ask', async () => {
    const { collector, tracing, cluster } = await start({ load: value }, { size: 1, sampleRatio: 1 });
    const group = cluster.group('g');
    await group.serve('k');
    expect(group.answerHeld(Buffer.from('k'), 0, 1, 'peer')?.source).toBe('main');
    expect(group.answerHeld(Buffer.from('k'), 0, 1, 'client')).toBeUndefined();
    await group.get('k');
    expect(await treeOf(tracing, collector)).toEqual([[GET, '']]);
  });

  test('is as likely for a hit that is answered at once', async () => {
    const { collector, tracing, cluster } = await start({ load: value }, { size: 1, sampleRatio: 0.2 });
    const group = cluster.group('g');
    await group.get('k');
    const key = Buffer.from('k');
    const GETS = 5_000;
    for (let i = 0; i < GETS; i++) if (group.answerHeld(key, 0, 1, 'client') === undefined) await group.get('k');
    await settled();
    expect(group.stats()).toMatchObject({ gets: GETS + 1 });
    await tracing.close();
    expect(Math.abs(collector.spans.length - 0.2 * GETS)).toBeLessThan(6 * Math.sqrt(GETS * 0.2 * 0.8));
  });
});
