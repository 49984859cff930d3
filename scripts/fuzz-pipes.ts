// Mutated messages on real streams, both ways: to a server from a client, and to a client from a server. Between them a
// well-behaved client must be answered rightly; what becomes of the misbehaved streams is theirs.

import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

import { CacheError, type ExchangeRequest, keyOf, type ViewMember } from '../packages/cache-core/src/index.js';
import { dialGrpc, type GrpcPeerClient } from '../packages/transport-grpc/src/dial.js';
import { framed } from '../packages/transport-grpc/src/testing/http2-pipe.js';

const PIPES = ['/ringcache.v1.Cache/Pipe', '/ringcache.v1.Peer/Pipe'];
const CALL = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
const ANSWER = { ':status': 200, 'content-type': 'application/grpc+proto' };
const STREAMS_PER_CONNECTION = 100;
const LOOK_EVERY = 50; // streams, at the well-behaved client
const WITHIN = { timeoutMs: 5_000 };
const STATUS = { viewId: '', isActive: false, hears: [], isSettled: true, isLeaving: false, isGone: false };

export interface FuzzPipesOptions {
  readonly streams: number;
  /** Of the server; its loader echoes keys of group `g`. */
  readonly port: number;
  /** Metadata that names the server's member, as streams of Peer begin with. */
  readonly addressee: Readonly<Record<string, string>>;
  /** At that server. */
  readonly client: GrpcPeerClient;
  /** What is to be sent on a stream to a server, one message after the other. */
  readonly requests: () => Buffer[];
  /** Likewise to a client. */
  readonly responses: () => Buffer[];
}

/** @throws {Error} the well-behaved client was answered wrongly, or not. */
export async function fuzzPipes({
  streams,
  port,
  addressee,
  client,
  requests,
  responses,
}: FuzzPipesOptions): Promise<void> {
  let session: ClientHttp2Session | undefined;
  for (let i = 0; i < streams; i++) {
    if (i % STREAMS_PER_CONNECTION === 0) session = begin(port, session);
    const stream = session!.request({ ...CALL, ...addressee, ':path': PIPES[i % PIPES.length] });
    stream.on('error', () => {}).resume(); // to be reset is a fair answer
    for (const message of requests()) stream.write(framed(message));
    stream.end();
    await once(stream, 'close');
    if (i % LOOK_EVERY === 0) await look(client, `looked-at-${i}`);
  }
  session?.destroy();
  await fuzzClient(streams, responses);
}

function begin(port: number, last: ClientHttp2Session | undefined): ClientHttp2Session {
  last?.destroy();
  return connect(`http://127.0.0.1:${port}`).on('error', () => {});
}

async function fuzzClient(streams: number, responses: () => Buffer[]): Promise<void> {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {}).resume();
    stream.respond(ANSWER, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.once('data', () => {
      for (const message of responses()) stream.write(framed(message));
      stream.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const grpc = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const member: ViewMember = { id: 'mad', grpc, http: '', weight: 1, incarnation: '' };
  const exchange: ExchangeRequest = {
    ...STATUS,
    cluster: 'default',
    hashing: 'ringcache/8192',
    from: member,
    to: keyOf(member),
  };
  const dial = dialGrpc({ cluster: 'default' });
  for (let i = 0; i < streams; i++) {
    const client = dial(member); // another each time: its first ids are those that the answers have
    const calls = [client.fetch('g', 'k', WITHIN), client.peek('g', 'k', WITHIN), client.exchange(exchange, WITHIN)];
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'rejected' && !(outcome.reason instanceof CacheError)) throw outcome.reason;
    }
    const { inFlight, waiting } = client.stats();
    if (inFlight + waiting > 0) throw new Error(`${inFlight + waiting} calls were left behind`);
    await client.close();
  }
  server.close();
}

async function look(client: GrpcPeerClient, key: string): Promise<void> {
  const { value } = await client.fetch('g', key, WITHIN);
  if (Buffer.from(value).toString() !== key) throw new Error(`a wrong answer for ${key}`);
}
