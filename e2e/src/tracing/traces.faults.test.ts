// One request, one trace: from a client through the node that it asks, the owner of the key and its origin to the database,
// whatever they speak to each other; as a collector gets it from real processes.

import { credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Client, type CreateClientOptions, createClient } from '@ringcache/client';
import { staticDiscovery } from '@ringcache/discovery';
import { Ring } from '@ringcache/hashring';
import { freePorts, type Postgres, startPostgres } from '@ringcache/infra';
import { cache } from '@ringcache/proto';
import { type OpenTracing, openTracing } from '@ringcache/tracing';
import { Collector, type ReceivedSpan } from '@ringcache/tracing/testing/collector';

import { get, type NodeProcess, type Program, run, startNode, until, untilRings } from '../processes.js';
import { chainOf, named } from './span-tree.js';

jest.setTimeout(240_000);

// Of the sample data: enough for some of them to be another node's than the one that is asked, wherever nodes are on the ring.
const STUDENTS =
  `张三 李四 王五 赵六 孙丽华 周建国 吴秀英 郑志强 冯晓明 陈思远 褚文静 卫东升 蒋雨欣 沈佳怡 韩雪梅 杨光明 朱子涵 秦海燕 尤俊杰
  许晴川 何家豪 吕若彤 施永康 张雅琴 孔令辉 曹国平 严春兰 华天宇 金玉婷 魏长青 陶乐然 姜文博 戚小曼 谢婉清 邹凯旋 喻晨曦`.split(
    /\s+/,
  );
const CHAIN = 7; // spans from a client to the database, over two nodes

let collector: Collector;
let postgres: Postgres;
let origin: Program;
let originAddress: string;
let clientTracing: OpenTracing;
const nodes: NodeProcess[] = [];
const overHttp: NodeProcess[] = [];

beforeAll(async () => {
  [collector, postgres] = await Promise.all([Collector.start(), startPostgres()]);
  const [originPort, ...ports] = (await freePorts(11)) as [number, ...number[]];
  originAddress = `localhost:${originPort}`;
  origin = run('student-score', ['--listen', originAddress], {
    DATABASE_URL: postgres.url,
    RINGCACHE_DISCOVERY_TYPE: 'static',
    RINGCACHE_TRACING_ENDPOINT: collector.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
  nodes.push(...(await startNodes(3, ports.slice(0, 6), 'grpc')));
  overHttp.push(...(await startNodes(2, ports.slice(6), 'http')));
  const { endpoint } = collector;
  clientTracing = await openTracing({ serviceName: 'client', endpoint, sampleRatio: 1, delayMs: 50 });
  await Promise.all([untilRings(nodes, nodes), untilRings(overHttp, overHttp)]);
  // Once each way, unrecorded, so that what is timed below has connections, and code that has run before.
  for (const node of [...nodes, ...overHttp]) {
    const programs = [origin, ...nodes, ...overHttp];
    await until('it answers', async () => (await get(node, 'd', '凤清扬')).status === 200, { programs });
  }
});

afterAll(async () => {
  await Promise.all([...nodes, ...overHttp, ...(origin === undefined ? [] : [origin])].map((each) => each.stop()));
  await clientTracing?.close();
  await Promise.all([collector?.close(), postgres?.stop()]);
});

/** Of one ring, which begin no traces themselves, each with the groups `a` to `d`, so that each test finds nothing cached. */
async function startNodes(count: number, ports: readonly number[], peerTransport: string): Promise<NodeProcess[]> {
  // One attempt, with time for a machine that is busy: another attempt would be a span more.
  const origin = { type: 'grpc', target: originAddress, group: 'scores', attempts: 1, timeout: '20s' };
  const scores = { origin, hotTtl: 0, flightTimeout: '60s' };
  const groups = { a: scores, b: scores, c: scores, d: scores };
  const members = Array.from({ length: count }, (_, i) => {
    const grpc = `localhost:${ports[2 * i]}`;
    return { id: grpc, grpc, http: `localhost:${ports[2 * i + 1]}`, weight: 1 };
  });
  const tracing = { endpoint: collector.endpoint, sampleRatio: 0, delay: '50ms' };
  const setUp = { groups, discovery: { type: 'static', members }, settings: { tracing, peerTransport } };
  return Promise.all(
    members.map((_, i) => startNode({ ...setUp, grpcPort: ports[2 * i]!, httpPort: ports[2 * i + 1]! })),
  );
}

function memberOf({ id, http }: NodeProcess) {
  return { id, grpc: id, http: http.replace('http://', ''), weight: 1 };
}

function ownerOf(ring: readonly NodeProcess[], key: string): NodeProcess {
  const { id } = Ring.of(ring.map(memberOf)).owner(key);
  return ring.find((node) => node.id === id)!;
}

/** The node that owns the key, and one that does not. */
function placesOf(ring: readonly NodeProcess[], key: string): { owner: NodeProcess; other: NodeProcess } {
  const owner = ownerOf(ring, key);
  return { owner, other: ring.find((node) => node !== owner)! };
}

/** A client that knows of one node only, whoever owns a key. */
async function clientOf(node: NodeProcess, options: CreateClientOptions = {}): Promise<Client> {
  const discovery = staticDiscovery([memberOf(node)]);
  const client = createClient({ discovery, timeoutMs: 60_000, ...options });
  await client.ready();
  return client;
}

/** The trace of the only span that satisfies, whole. */
async function wholeChain(length: number, isOfIt: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan[]> {
  const ofTrace = (spans: readonly ReceivedSpan[]) => {
    const id = spans.find(isOfIt)?.traceId;
    return spans.filter(({ traceId }) => traceId === id);
  };
  await collector.until(`${length} spans`, (spans) => ofTrace(spans).length >= length);
  return chainOf(collector.spans, ofTrace(collector.spans)[0]!.traceId);
}

/** What follows the span of the node that was asked. */
function wayToDatabase(other: NodeProcess, owner: NodeProcess): string[] {
  return [
    `${other.id}: server ringcache.v1.Cache/Get`,
    `${other.id}: client ringcache.v1.Peer/Get`,
    `${owner.id}: server ringcache.v1.Peer/Get`,
    `${owner.id}: internal ringcache.load`,
    `${owner.id}: client ringcache.origin.v1.Origin/Load`,
    `${originAddress}: server ringcache.origin.v1.Origin/Load`,
    `${originAddress}: client SELECT students`,
  ];
}

/** A context that no tracer of the system began. */
function strangersContext(mark: string): { traceId: string; spanId: string; traceparent: string } {
  const traceId = mark.repeat(32);
  const spanId = mark.repeat(16);
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

describe.each([
  ['over gRPC, in batches', () => nodes, 'grpc', 'a'],
  ['over HTTP, nodes among each other too', () => overHttp, 'http', 'b'],
] as const)('a client that asks %s', (_, ring, transport, group) => {
  test('begins a trace for each get, which goes on to the database', async () => {
    const [asked] = ring() as [NodeProcess];
    const keys = STUDENTS.filter((key) => ownerOf(ring(), key) !== asked).slice(0, 4);
    const client = await clientOf(asked, { transport, tracing: clientTracing });
    const notRecorded = { traceparent: `00-${'9'.repeat(32)}-${'9'.repeat(16)}-00`, tracestate: '' };
    // In one turn of the event loop: over gRPC they travel in one message, each with a context of its own, or with none.
    const answers = await Promise.all([
      client.get(group, keys[0]!, { trace: notRecorded }),
      ...keys.slice(1).map((key) => client.get(group, key, { requestId: `${group}-${keys.indexOf(key)}` })),
    ]);
    await client.close();
    expect(answers.map(({ source }) => source)).toEqual(keys.map(() => 'load'));
    const traces = new Set<string>();
    for (const [i, key] of [...keys.entries()].slice(1)) {
      const owner = ownerOf(ring(), key);
      const isOfIt = ({ attributes }: ReceivedSpan) => attributes['ringcache.request_id'] === `${group}-${i}`;
      const chain = await wholeChain(CHAIN + 1, isOfIt);
      expect(chain.map(named)).toEqual(['client: client ringcache.v1.Cache/Get', ...wayToDatabase(asked, owner)]);
      expect(chain[0]!.parentSpanId).toBe('');
      expect(chain.every(({ isError }) => !isError)).toBe(true);
      expect(chain[0]!.attributes).toMatchObject({
        ...{ 'rpc.method': 'ringcache.v1.Cache/Get', 'ringcache.member': asked.id, 'server.address': 'localhost' },
        ...{ 'ringcache.source': 'load', 'ringcache.served_by': owner.id },
      });
      expect(JSON.stringify(chain.map(({ attributes }) => attributes))).not.toContain(key);
      traces.add(chain[0]!.traceId);
    }
    expect(traces.size).toBe(keys.length - 1);
    expect(collector.spans.some(({ traceId }) => traceId === '9'.repeat(32))).toBe(false);
  });
});

describe('a trace that a stranger began', () => {
  test('goes on from the metadata of a unary call', async () => {
    const key = STUDENTS[0]!;
    const { owner, other } = placesOf(nodes, key);
    const { traceId, spanId, traceparent } = strangersContext('c');
    const stub = new cache.CacheClient(other.id, credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set('traceparent', traceparent);
    metadata.set('tracestate', 'vendor=1');
    await new Promise<void>((resolve, reject) => {
      stub.get({ group: 'c', key }, metadata, (error) => (error === null ? resolve() : reject(error)));
    });
    stub.close();
    const chain = await wholeChain(CHAIN, (span) => span.traceId === traceId);
    expect(chain.map(named)).toEqual(wayToDatabase(other, owner));
    expect(chain[0]!.parentSpanId).toBe(spanId);
    expect(chain.map(({ traceState }) => traceState)).toEqual(chain.map(() => 'vendor=1'));
    const traced = (node: NodeProcess) => node.lines.some((line) => line.includes(`"traceId":"${traceId}"`));
    expect([owner, other].map(traced)).toEqual([true, true]);
  });

  test('goes on from the headers of an HTTP request, and of a hit it has one span', async () => {
    const key = STUDENTS[0]!;
    const { owner, other } = placesOf(nodes, key);
    const first = strangersContext('d');
    const ask = (node: NodeProcess, traceparent: string) =>
      fetch(`${node.http}/v1/groups/d/keys/${encodeURIComponent(key)}`, { headers: { traceparent } });
    expect((await ask(other, first.traceparent)).status).toBe(200);
    const chain = await wholeChain(CHAIN, (span) => span.traceId === first.traceId);
    expect(chain.map(named)).toEqual(wayToDatabase(other, owner));
    expect(chain[0]!.parentSpanId).toBe(first.spanId);

    const second = strangersContext('e');
    expect((await ask(owner, second.traceparent)).headers.get('x-ringcache-source')).toBe('main');
    const [hit, ...more] = await wholeChain(1, (span) => span.traceId === second.traceId);
    expect(named(hit!)).toBe(`${owner.id}: server ringcache.v1.Cache/Get`);
    expect([hit!.parentSpanId, hit!.attributes['ringcache.source'], more]).toEqual([second.spanId, 'main', []]);
  });

  test('and does not record leaves no span, nor a trace in the log', async () => {
    const key = STUDENTS[1]!;
    const { owner, other } = placesOf(nodes, key);
    const traceId = 'f'.repeat(32);
    const client = await clientOf(other);
    const trace = (flags: string) => ({ traceparent: `00-${traceId}-${'f'.repeat(16)}-${flags}`, tracestate: '' });
    await client.get('d', key, { trace: trace('00') });
    expect([owner, other].some((node) => node.lines.some((line) => line.includes(traceId)))).toBe(false);
    // One that is recorded comes later, so that what is not there then will not come.
    await client.get('d', key, { trace: trace('01') });
    await client.close();
    const chain = await wholeChain(3, (span) => span.traceId === traceId);
    expect(chain.map(named)).toEqual([
      `${other.id}: server ringcache.v1.Cache/Get`,
      `${other.id}: client ringcache.v1.Peer/Get`,
      `${owner.id}: server ringcache.v1.Peer/Get`,
    ]);
  });
});
