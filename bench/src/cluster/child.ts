// The client process of one contender: connects, fills if it is told to, then runs a round whenever it is asked to.

import { keysOf } from '../keys.js';
import { answer } from '../measuring-process.js';
import type { CacheClient } from './client.js';
import { CONNECT } from './clients.js';
import type { ContenderName } from './contenders.js';
import { type Round, runRound } from './round.js';
import { drawIds, valueOfId } from './workload.js';

export interface SetUp {
  readonly contender: ContenderName;
  readonly addresses: readonly string[];
  /** Process ids of the servers. */
  readonly servers: readonly number[];
  readonly keys: number;
  readonly callers: number;
  readonly valueBytes: number;
  readonly durationMs: number;
}

type Question =
  | { readonly setUp: SetUp }
  | { readonly fill: true }
  | { readonly round: number }
  | { readonly end: true };

const FILLERS = 64; // callers that put at a time: enough for full batches, few enough for every client's queue

let runOne: (round: number) => Promise<Round>;
let fillAll: () => Promise<void>;
let client: CacheClient;

answer(async (question: Question) => {
  if ('round' in question) return runOne(question.round);
  if ('fill' in question) return fillAll();
  if ('end' in question) return client.close();
  await prepare(question.setUp);
  return undefined;
});

async function prepare({
  contender,
  addresses,
  servers,
  callers,
  valueBytes,
  durationMs,
  ...of
}: SetUp): Promise<void> {
  client = await CONNECT[contender]({ addresses, callers });
  const keys = keysOf(of.keys);
  fillAll = () => fill(client, keys, valueBytes);
  runOne = (round) => {
    const ids = drawIds(keys.length, round);
    return runRound({ get: client.get, keys, ids, callers, durationMs, valueBytes }, servers);
  };
}

async function fill({ put }: CacheClient, keys: readonly string[], valueBytes: number): Promise<void> {
  let next = 0;
  const filler = async () => {
    for (let id = next++; id < keys.length; id = next++) await put(keys[id]!, valueOfId(id, valueBytes));
  };
  await Promise.all(Array.from({ length: FILLERS }, filler));
}
