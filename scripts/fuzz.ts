// `pnpm fuzz`: random and mutated bytes for whatever reads what strangers send. An input may be refused; it may not crash,
// hang, be taken for something else, or leave memory behind. The seed is printed: the same seed makes the same inputs.

import { once } from 'node:events';
import { connect } from 'node:net';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import {
  type ExchangeReply,
  type ExchangeRequest,
  exchangeReplyOf,
  exchangeRequestOf,
  Group,
  keyOf,
  Peers,
  systemClock,
  type View,
  type ViewMember,
  viewOf,
} from '../packages/cache-core/src/index.js';
import { seededRandom } from '../packages/cache-core/src/testing/random.js';
import { dialGrpc } from '../packages/transport-grpc/src/dial.js';
import { emptyResponse } from '../packages/transport-grpc/src/pipe-codec.js';
import { serveGrpc } from '../packages/transport-grpc/src/server.js';
import {
  decodeRequests,
  decodeResponses,
  encodeRequests,
  encodeResponses,
} from '../packages/transport-grpc/src/testing/whole-messages.js';
import { exchangeToWire, toClearRequest, toExchangeRequest, toRequest } from '../packages/transport-grpc/src/wire.js';
import { exchangeBody, exchangeIn, replyIn } from '../packages/transport-http/src/exchange.js';
import { decodeGetResponse } from '../packages/transport-http/src/groupcache-wire.js';
import { queryValue } from '../packages/transport-http/src/query.js';
import { keyPath, parseRoute } from '../packages/transport-http/src/routes.js';
import { serveHttp } from '../packages/transport-http/src/server.js';
import { fuzzPipes } from './fuzz-pipes.js';

const { values: flags } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '2000' },
    streams: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(`pnpm fuzz [--inputs N] [--connections N] [--streams N] [--seed S]

  --inputs       for each reader, by default a million
  --connections  of garbage to a gRPC and an HTTP server, by default 2000
  --streams      of mutated messages to a gRPC server, and as many to a client, by default 5000
  --seed         to make the same inputs again`);
  process.exit(0);
}

const MAX_LENGTH = 400;
const MAX_INPUT_MS = 250; // a reader that takes longer for so short an input would hang on a long one
const MAX_GROWTH_BYTES = 128 * 1024 * 1024;
const MAX_ENTRIES = 1_000;
const seed = Number(flags.seed);
const random = seededRandom(seed);
const below = (n: number) => Math.floor(random() * n);

const WELL_FORMED = ['k', '张三', 'a/b', '100%', ' ', '..', 'x'.repeat(100), '😀'];
const member: ViewMember = { id: '张三:1', grpc: '张三:1', http: '', weight: 1, incarnation: 'a-1' };
const view: View = {
  ...{ id: '2/张三:1#a-1/x', lineage: 'x', number: 2, members: [member], before: [member, { ...member, id: 'b' }] },
  ...{ lapsed: ['b#a-1'], armed: true },
};
const status = { viewId: view.id, isActive: true, hears: ['b#a-1'], isSettled: true, isLeaving: false, isGone: false };
const exchanges = WELL_FORMED.flatMap((key, i): ExchangeRequest[] => [
  { ...status, cluster: 'default', hashing: 'ringcache/8192', from: member, to: `fuzzed#${i % 2 === 0 ? '' : key}` },
  {
    ...status,
    cluster: 'default',
    hashing: 'ringcache/8192',
    from: { ...member, id: key },
    to: 'fuzzed#',
    viewId: '',
    view,
  },
]);
const reply: ExchangeReply = { ...status, view, from: member, isGranted: true };
const messages = WELL_FORMED.flatMap((key, i) => [
  encodeRequests({
    protocol: 1,
    requests: [
      { ...toRequest(1, 'scores', key, {}), id: i },
      toRequest(2, 'g', 'k', {}),
      toClearRequest(key, {}),
      toExchangeRequest(exchanges[i]!, {}),
    ],
  }),
  encodeResponses({
    protocol: 1,
    ring: 'abc',
    responses: [{ ...emptyResponse(i), value: Buffer.from(key) }, exchangeToWire(i + 1, reply)],
  }),
]);
const paths = WELL_FORMED.flatMap((key) => [
  keyPath('scores', key),
  `/_groupcache/g/${encodeURIComponent(key)}`,
  `/api?key=${encodeURIComponent(key)}&group=scores`,
  `/v1/groups/${encodeURIComponent(key)}:getMany`,
]);

/** Readers; what one throws is a refusal, what `check` throws a failure. */
const readers: Record<
  string,
  { seeds: readonly Buffer[]; read: (input: Buffer) => unknown; check?: (read: unknown) => void }
> = {
  'requests on a pipe': { seeds: messages, read: (input) => decodeRequests(input, MAX_ENTRIES) },
  'responses on a pipe': { seeds: messages, read: (input) => decodeResponses(input, MAX_ENTRIES) },
  'groupcache answers': { seeds: messages, read: (input) => decodeGetResponse(input, 'application/x-protobuf') },
  'HTTP paths': {
    seeds: paths.map((path) => Buffer.from(path, 'latin1')),
    read: (input) => parseRoute(input.toString('latin1'), () => true),
    check(route) {
      const { to, group, key } = (route ?? {}) as { to?: string; group?: string; key?: string };
      if (to !== 'key') return;
      const again = parseRoute(keyPath(group!, key!), () => true) as { group?: string; key?: string };
      if (again.group !== group || again.key !== key) throw new Error(`read back as ${JSON.stringify(again)}`);
    },
  },
  'exchanges over HTTP': {
    seeds: exchanges.map((exchange) => Buffer.from(exchangeBody(exchange))),
    read: (input) => exchangeIn(input),
    check: (exchange) => same(exchangeRequestOf(exchange), exchange),
  },
  'replies to exchanges over HTTP': {
    seeds: [Buffer.from(JSON.stringify(reply)), Buffer.from(JSON.stringify({ ...reply, view: undefined }))],
    read: (input) => replyIn(input),
    check: (read) => same(exchangeReplyOf(read), read),
  },
  'exchanges on a pipe': {
    seeds: messages,
    read: (input) => decodeRequests(input, MAX_ENTRIES).requests.map(({ exchange }) => exchange && believed(exchange)),
  },
  'views of a directory': {
    seeds: [Buffer.from(JSON.stringify(view))],
    read: (input) => viewOf(JSON.parse(input.toString())),
    check: (read) => same(viewOf(read), read),
  },
  'HTTP queries': {
    seeds: paths.map((path) => Buffer.from(path)),
    read: (input) => queryValue(input.toString('latin1'), 'key'),
  },
};

console.log(`seed ${seed}`);
for (const [name, reader] of Object.entries(readers)) fuzzReader(name, reader, Number(flags.inputs));
await fuzzServers(Number(flags.connections));
process.exit(0);

function fuzzReader(name: string, { seeds, read, check }: (typeof readers)[string], inputs: number): void {
  const startedAt = performance.now();
  const heapBefore = process.memoryUsage().heapUsed;
  let refused = 0;
  for (let i = 0; i < inputs; i++) {
    const input = random() < 0.2 ? randomBytes(below(MAX_LENGTH)) : mutated(seeds[below(seeds.length)]!);
    const at = performance.now();
    let result: unknown;
    let isRead = false;
    try {
      result = read(input);
      isRead = true;
    } catch (error) {
      if (!(error instanceof Error)) fail(name, input, error);
      refused++;
    }
    try {
      if (isRead) check?.(result);
    } catch (error) {
      fail(name, input, error);
    }
    if (performance.now() - at > MAX_INPUT_MS) fail(name, input, new Error(`took over ${MAX_INPUT_MS} ms`));
  }
  const grown = process.memoryUsage().heapUsed - heapBefore;
  if (grown > MAX_GROWTH_BYTES) fail(name, Buffer.alloc(0), new Error(`left ${grown} bytes behind`));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${name}: ${inputs} inputs, ${refused} refused, ${seconds} s`);
}

/** Garbage on real connections, between which both servers must go on answering. */
async function fuzzServers(connections: number): Promise<void> {
  const groups = new Map<string, Group>();
  const node: { peers: Peers; groups: Map<string, Group> } = { peers: undefined as never, groups };
  const grpc = await serveGrpc(node);
  const http = await serveHttp(node);
  const self: ViewMember = { id: 'fuzzed', grpc: grpc.address, http: http.address, weight: 1, incarnation: '' };
  const dial = dialGrpc({ cluster: 'default' });
  node.peers = new Peers({ self, dial });
  groups.set(
    'g',
    new Group({ name: 'g', load: async (key) => Buffer.from(key), peers: node.peers, clock: systemClock }),
  );
  const client = dial(self);
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
  const request = Buffer.from('GET /v1/groups/g/keys/k HTTP/1.1\r\nHost: x\r\n\r\n');
  for (let i = 0; i < connections; i++) {
    const toGrpc = i % 2 === 0;
    await throwAt(
      toGrpc ? grpc.port : http.port,
      Buffer.concat([mutated(toGrpc ? preface : request), randomBytes(below(MAX_LENGTH))]),
    );
    if (i % 50 !== 0) continue;
    const overGrpc = Buffer.from((await client.fetch('g', `k${i}`, { timeoutMs: 5_000 })).value).toString();
    const overHttp = await (await fetch(`http://${http.address}/v1/groups/g/keys/k${i}`)).text();
    if (overGrpc !== `k${i}` || overHttp !== `k${i}`) fail('servers', Buffer.alloc(0), new Error('a wrong answer'));
  }
  console.log(`servers: ${connections} connections of garbage, both answered all along`);
  const streams = Number(flags.streams);
  const some = (of: readonly Buffer[]) => Array.from({ length: 1 + below(3) }, () => mutated(of[below(of.length)]!));
  await fuzzPipes({
    ...{ streams, port: grpc.port, client, addressee: { 'ringcache-cluster': 'default', 'ringcache-to': keyOf(self) } },
    requests: () => [Buffer.from([8, 1]), ...some(messages)],
    responses: () => some(messages),
  }).catch((error: unknown) => fail('pipes', Buffer.alloc(0), error));
  console.log(`pipes: ${streams} streams of mutated messages each way, others answered all along`);
}

/** What is left of an exchange once it was checked; the same as before. */
function believed(exchange: unknown): ExchangeRequest {
  const request = exchangeRequestOf(exchange);
  same(exchangeRequestOf(request), request);
  return request;
}

function same(again: unknown, before: unknown): void {
  if (!isDeepStrictEqual(again, before)) throw new Error(`read again as ${JSON.stringify(again)}`);
}

async function throwAt(port: number, bytes: Buffer): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {}); // being cut off is a fair answer
  await once(socket, 'connect');
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  socket.destroy();
}

function mutated(seedBytes: Buffer): Buffer {
  let bytes = Buffer.from(seedBytes);
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(bytes.length + 1);
    switch (below(5)) {
      case 0: // another byte
        if (at < bytes.length) bytes[at] = below(256);
        break;
      case 1: // another bit
        if (at < bytes.length) bytes[at]! ^= 1 << below(8);
        break;
      case 2: // cut short
        bytes = bytes.subarray(0, at);
        break;
      case 3: // something put in between
        bytes = Buffer.concat([bytes.subarray(0, at), randomBytes(below(8)), bytes.subarray(at)]);
        break;
      default: // a part again
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(at + 1), at), bytes.subarray(at)]);
    }
  }
  return bytes;
}

function randomBytes(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = below(256);
  return bytes;
}

function fail(name: string, input: Buffer, error: unknown): never {
  console.error(`${name} failed on ${input.toString('hex')} (seed ${seed}):`, error);
  process.exit(1);
}
