// The client process of the part with a slow origin: one client, as an application has, asks all groups over the same streams.

import type { Answer } from '@ringcache/cache-core';
import { type Client, createClient } from '@ringcache/client';
import { staticDiscovery } from '@ringcache/discovery';

import type { MeasuredBalancing } from '../cluster/choice.js';
import { checkValue, drawIds } from '../cluster/workload.js';
import { keysOf } from '../keys.js';
import { answer } from '../measuring-process.js';
import { randomFrom } from '../random.js';
import { arrivals } from './arrivals.js';
import { Metronome } from './metronome.js';
import { type Load, type Opened, openLoop } from './open-loop.js';
import { callersTimeoutMs, GROUPS, type Limits, newKeys, QUICK_LOAD_MS } from './timed-groups.js';

/** Each is asked at a rate of its own. */
const ASKED = ['cached', 'loading', 'slow'] as const;

type Asked = (typeof ASKED)[number];

export interface SetUp {
  readonly addresses: readonly string[];
  readonly balancing: MeasuredBalancing;
  readonly keys: number;
  readonly valueBytes: number;
  readonly durationMs: number;
  readonly slowLoadMs: number;
  /** Of the slow group. */
  readonly limits: Limits;
  /** Gets a second of each group. */
  readonly perSecond: Readonly<Record<Asked, number>>;
}

export interface RoundOptions {
  readonly round: number;
  /** Whether the slow group is asked, too. */
  readonly besideSlow: boolean;
}

export interface SlowRound {
  readonly cached: Opened;
  readonly loading: Opened;
  readonly slow: Opened | undefined;
  /** Loads of the slow group, when most were in flight. */
  readonly mostInFlight: number;
}

type Question = { readonly setUp: SetUp } | RoundOptions | { readonly end: true };

let setUp: SetUp;
let client: Client;
let keys: readonly string[];
let newKey: (loadMs: number) => string;
let close: () => Promise<void>;

answer(async (question: Question) => {
  if ('round' in question) return run(question);
  if ('end' in question) return close();
  setUp = question.setUp;
  const discovery = staticDiscovery(setUp.addresses.map((grpc) => ({ id: grpc, grpc, http: '', weight: 1 })));
  client = createClient({ discovery, balancing: setUp.balancing });
  close = async () => {
    await client.close();
    await discovery.close();
  };
  keys = keysOf(setUp.keys);
  newKey = newKeys(setUp.valueBytes);
  await client.ready();
  return undefined;
});

const LEAD = 2; // times a slow load, for which all runs and nothing counts: then slow loads end as fast as they begin
const SETTLE_MS = 5_000; // what a flight takes at most: nodes go on with loads whose callers have given up

async function run({ round, besideSlow }: RoundOptions): Promise<SlowRound> {
  const { slowLoadMs, limits } = setUp;
  const slow = besideSlow ? slowLoad(round) : undefined;
  const loads = [cachedLoad(round), quickLoad(round), ...(slow === undefined ? [] : [slow])];
  const metronome = await Metronome.start();
  try {
    global.gc!(); // what the round before left behind
    const counted = loads.map((load) => openLoop({ ...load, countFromMs: LEAD * slowLoadMs }, metronome));
    const [cached, loading, beside] = await Promise.all(counted);
    if (besideSlow && limits === 'default') await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { cached: cached!, loading: loading!, slow: beside, mostInFlight: slow?.mostInFlight ?? 0 };
  } finally {
    await metronome.stop();
  }
}

function cachedLoad(round: number): Load<Answer> {
  const ids = drawIds(keys.length, round);
  const idOf = (i: number) => ids[i & (ids.length - 1)]!;
  return {
    dueMs: due('cached', round),
    get: (i) => client.get(GROUPS.cached, keys[idOf(i)]!),
    check: ({ value }, i) => checkValue(value, idOf(i), setUp.valueBytes),
  };
}

function quickLoad(round: number): Load<Answer> {
  return {
    dueMs: due('loading', round),
    get: () => client.get(GROUPS.loading, newKey(QUICK_LOAD_MS)),
    check: tookMs(QUICK_LOAD_MS),
  };
}

function slowLoad(round: number): Load<Answer> & { readonly mostInFlight: number } {
  const { limits, slowLoadMs } = setUp;
  const group = limits === 'patient' ? GROUPS.slow : GROUPS['slow-default'];
  const options = { timeoutMs: callersTimeoutMs(limits, slowLoadMs) };
  let inFlight = 0;
  let mostInFlight = 0;
  return {
    dueMs: due('slow', round),
    get: async () => {
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      try {
        return await client.get(group, newKey(slowLoadMs), options);
      } finally {
        inFlight--;
      }
    },
    check: tookMs(slowLoadMs),
    get mostInFlight() {
      return mostInFlight;
    },
  };
}

/** What checks that a value came from the origin that takes so long; the origin writes that into it. */
function tookMs(loadMs: number): (answer: Answer) => void {
  return ({ value }) => checkValue(value, loadMs, setUp.valueBytes);
}

function due(group: Asked, round: number): Float64Array {
  const { slowLoadMs, durationMs, perSecond } = setUp;
  const seed = ASKED.length * round + ASKED.indexOf(group);
  const random = randomFrom(~seed); // not the keys' numbers again
  return arrivals({ perSecond: perSecond[group], durationMs: LEAD * slowLoadMs + durationMs, random });
}
