import { afterEach, expect, test } from '@jest/globals';
import { type CacheError, isSampled, type NodeClient, parseTrace, type TraceContext } from '@ringcache/cache-core';
import { TestCluster } from '@ringcache/cache-core/testing';
import { openTracing } from '@ringcache/tracing';
import { Collector } from '@ringcache/tracing/testing/collector';

import { Client, type ClientOptions } from './client.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const SAMPLED = parseTrace(`00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`)!;
const UNSAMPLED = parseTrace(`00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-00`)!;

/** A client of three nodes on the memory network, and the contexts that its calls carry. */
async function start({ sampleRatio = 0, ...options }: Partial<ClientOptions> & { sampleRatio?: number } = {}) {
  const collector = await Collector.start();
  const tracing = await openTracing({ serviceName: 'client', endpoint: collector.endpoint, sampleRatio });
  const cluster = new TestCluster({ size: 3, groups: { g: { load: async (key) => Buffer.from(key) } } });
  const seen: (TraceContext | undefined)[] = [];
  const connect = (member: { grpc: string; http: string }): NodeClient => {
    const node = cluster.network.connect('client')(member);
    return {
      ...node,
      get: (group, key, call) => {
        seen.push(call.trace);
        return node.get(group, key, call);
      },
      write: (group, change, call) => node.write(group, change, call),
      close: () => node.close(),
    };
  };
  const members = cluster.nodes.map(({ member }) => member);
  const client = new Client({
    source: async function* () {
      yield { members, dialect: 'ringcache', replicas: 64 };
    },
    connect,
    tracing,
    clock: cluster.clock,
    random: () => 0,
    ...options,
  });
  cleanups.push(
    () => collector.close(),
    () => tracing.close(),
    () => cluster.close(),
    () => client.close(),
  );
  await client.ready();
  const during = async <T>(call: Promise<T>): Promise<T | CacheError> => {
    const settled = call.catch((error: CacheError) => error);
    await cluster.clock.advance(10_000);
    return settled;
  };
  return { client, cluster, collector, tracing, seen, during };
}

test('a call that begins a trace is a span, under which everything else is', async () => {
  const { client, collector, tracing, seen, during } = await start({ sampleRatio: 1 });
  await during(client.get('g', 'k'));
  await tracing.close();
  const [span] = collector.spans;
  expect(span).toMatchObject({ name: 'ringcache.v1.Cache/Get', kind: 'client', parentSpanId: '', isError: false });
  expect(seen).toEqual([{ traceparent: `00-${span!.traceId}-${span!.spanId}-01`, tracestate: '' }]);
  expect(span!.attributes['ringcache.member']).toBe(span!.attributes['ringcache.served_by']);
});

test('a call goes on with the trace that it is given, as a part of it or as it came', async () => {
  const { client, collector, tracing, seen, during } = await start({ sampleRatio: 1 });
  await during(client.get('g', 'k', { trace: SAMPLED }));
  await during(client.get('g', 'k', { trace: UNSAMPLED }));
  await tracing.close();
  expect(collector.spans.map(({ parentSpanId }) => parentSpanId)).toEqual(['a1'.repeat(8)]);
  expect(seen[1]).toEqual(UNSAMPLED);
});

test('a call that begins no trace says so, lest the node begins one', async () => {
  const { client, collector, tracing, seen, during } = await start();
  await during(client.get('g', 'k'));
  await tracing.close();
  expect(isSampled(seen[0]!.traceparent)).toBe(false);
  expect(parseTrace(seen[0]!.traceparent)).toEqual(seen[0]);
  expect(collector.spans).toEqual([]);
});

test('without a tracer a call carries what it is given, and nothing else', async () => {
  const { client, seen, during } = await start({ tracing: undefined });
  await during(client.get('g', 'k'));
  await during(client.get('g', 'k', { trace: SAMPLED }));
  expect(seen).toEqual([undefined, SAMPLED]);
});

test('of a call that tries another member there is one span, which names the last', async () => {
  const { client, cluster, collector, tracing, seen, during } = await start({ sampleRatio: 1 });
  const key = cluster.keyOwnedBy(0);
  cluster.nodes[0]!.kill();
  expect(await during(client.get('g', key))).toMatchObject({ source: 'load' });
  await tracing.close();
  expect(seen.length).toBeGreaterThan(1);
  expect(collector.spans).toHaveLength(1);
  expect(collector.spans[0]).toMatchObject({ isError: false });
  expect(collector.spans[0]!.attributes['ringcache.member']).not.toBe('node-1');
});

test('a call that nobody answers fails its span', async () => {
  const { client, cluster, collector, tracing, during } = await start({ sampleRatio: 1 });
  for (const node of cluster.nodes) node.kill();
  expect(await during(client.delete('g', 'k'))).toMatchObject({ code: 'unavailable' });
  await tracing.close();
  expect(collector.spans).toMatchObject([
    { name: 'ringcache.v1.Cache/Delete', isError: true, attributes: { 'error.type': 'unavailable' } },
  ]);
});
