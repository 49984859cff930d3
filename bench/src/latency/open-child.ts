// The client process of one contender under open load. The same process can play against nothing at all: what it then measures
// is itself.

import { type CacheClient, type Got, valueIn } from '../cluster/client.js';
import { CONNECT } from '../cluster/clients.js';
import type { ContenderName } from '../cluster/contenders.js';
import { useOf } from '../cluster/process-use.js';
import { checkValue, drawIds, valueOfId } from '../cluster/workload.js';
import { keysOf } from '../keys.js';
import { answer } from '../measuring-process.js';
import { randomFrom } from '../random.js';
import { arrivals } from './arrivals.js';
import { cpuWaitsMs, mostWaited } from './cpu-wait.js';
import { Metronome } from './metronome.js';
import { type Load, type Opened, openLoop } from './open-loop.js';

export interface SetUp {
  readonly contender: ContenderName;
  readonly addresses: readonly string[];
  /** Process ids of the servers. */
  readonly servers: readonly number[];
  readonly keys: number;
  readonly valueBytes: number;
  readonly durationMs: number;
}

export interface RoundOptions {
  readonly perSecond: number;
  /** Seed of the keys and of the arrivals. */
  readonly round: number;
  /** `nothing`: a function that answers at once, in place of the client. */
  readonly against: 'client' | 'nothing';
}

export interface OpenRound extends Opened {
  /** Share of the time for which this process or a server, whichever was worse off, had to wait for a CPU. */
  readonly cpuWait: number | undefined;
  /** CPU seconds a million gets, this process and the servers together. */
  readonly cpu: number | undefined;
}

type Question = { readonly setUp: SetUp } | RoundOptions | { readonly end: true };

const CONNECTIONS = 512; // of a client whose connections carry one request at a time: enough for what is in flight

let runOne: (options: RoundOptions) => Promise<OpenRound>;
let client: CacheClient;

answer(async (question: Question) => {
  if ('round' in question) return runOne(question);
  if ('end' in question) return client.close();
  await prepare(question.setUp);
  return undefined;
});

async function prepare({ contender, addresses, servers, valueBytes, durationMs, ...of }: SetUp): Promise<void> {
  client = await CONNECT[contender]({ addresses, callers: CONNECTIONS });
  const keys = keysOf(of.keys);
  const nothing = valueOfId(0, valueBytes);
  const check = (got: Got, id: number) => checkValue(valueIn(got, keys[id]!), id, valueBytes);
  const watched = [process.pid, ...servers];
  runOne = async ({ perSecond, round, against }) => {
    const ids = drawIds(keys.length, round);
    const idOf = (i: number) => ids[i & (ids.length - 1)]!;
    const dueMs = arrivals({ perSecond, durationMs, random: randomFrom(~round) }); // not the keys' numbers again
    const load: Load<Got> =
      against === 'client'
        ? { dueMs, get: (i) => client.get(keys[idOf(i)]!), check: (got, i) => check(got, idOf(i)) }
        : { dueMs, get: async () => nothing, check: () => undefined };
    const metronome = await Metronome.start();
    try {
      global.gc!(); // what the round before left behind
      const startedAt = performance.now();
      const before = { use: useOf(watched), waits: cpuWaitsMs(watched) };
      const opened = await openLoop(load, metronome);
      const after = { use: useOf(watched), waits: cpuWaitsMs(watched) };
      const cpuSeconds = before.use && after.use && after.use.cpuSeconds - before.use.cpuSeconds;
      return {
        ...opened,
        cpuWait: mostWaited(before.waits, after.waits, performance.now() - startedAt),
        cpu: cpuSeconds && (cpuSeconds * 1e6) / opened.due,
      };
    } finally {
      await metronome.stop();
    }
  };
}
