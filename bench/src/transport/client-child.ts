// The client process of one end, ours or a floor.

import { type Round, runRound } from '../cluster/round.js';
import { HOST } from '../cluster/where.js';
import { drawIds } from '../cluster/workload.js';
import { keysOf } from '../keys.js';
import { answer } from '../measuring-process.js';
import type { FloorClient } from './floor.js';
import type { EndName } from './paths.js';
import type { Layout } from './records.js';

export interface SetUp {
  readonly end: EndName;
  readonly port: number;
  /** Process id of the server. */
  readonly server: number;
  readonly layout: Layout;
  readonly keys: number;
  readonly callers: number;
  readonly durationMs: number;
}

type Question = { readonly setUp: SetUp } | { readonly round: number } | { readonly end: true };

// A process loads the end that it measures and no other.
const CONNECT: Record<EndName, (setUp: SetUp) => Promise<FloorClient>> = {
  'ringcache-unary': async ({ port }) => (await import('./ours.js')).connectOurUnary(`${HOST}:${port}`),
  'grpc-unary': async ({ port, layout }) => (await import('./floor-grpc.js')).connectUnary(port, layout),
  'ringcache-pipe': async ({ port }) => (await import('./ours.js')).connectPipe(`${HOST}:${port}`),
  'grpc-stream': async ({ port, layout }) => (await import('./floor-grpc.js')).connectStream(port, layout),
  tcp: async ({ port, layout }) => (await import('./floor-tcp.js')).connectTcp(port, layout),
  'ringcache-http': async ({ port, callers }) => (await import('./http.js')).connectHttp(`${HOST}:${port}`, callers),
  'traces-drawn': async ({ port }) => (await import('./ours.js')).connectPipe(`${HOST}:${port}`),
  'traces-unsampled': async ({ port }) => (await import('./ours.js')).connectTracedPipe(`${HOST}:${port}`, '00'),
  'traces-sampled': async ({ port }) => (await import('./ours.js')).connectTracedPipe(`${HOST}:${port}`, '01'),
  'node-http': async ({ port, callers }) => (await import('./http.js')).connectHttp(`${HOST}:${port}`, callers),
};

let runOne: (round: number) => Promise<Round>;
let client: FloorClient;

answer(async (question: Question) => {
  if ('round' in question) return runOne(question.round);
  if ('end' in question) return client.close();
  await prepare(question.setUp);
  return undefined;
});

async function prepare(setUp: SetUp): Promise<void> {
  client = await CONNECT[setUp.end](setUp);
  const { callers, durationMs, server, layout } = setUp;
  const { get } = client;
  const keys = keysOf(setUp.keys);
  runOne = (round) => {
    const ids = drawIds(keys.length, round);
    return runRound({ get, keys, ids, callers, durationMs, valueBytes: layout.valueBytes }, [server]);
  };
}
