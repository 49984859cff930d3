// One contender in one cell: fills the cache, warms it up, then runs a round whenever it is asked to.

import { type Clock, readClock } from '../clock.js';
import { TTL_MS, TTLS_MS } from '../contenders/contender.js';
import { type ContenderName, kindOf } from '../contenders/kinds.js';
import { readRecordedTrace } from '../hit-ratio/recorded-trace.js';
import { KEY_BYTES } from '../keys.js';
import { answer } from '../measuring-process.js';
import type { Cell } from './cells.js';
import { type Done, getBytesElseSet, getElseSet, getElseSetFor, setOnly, type Work } from './loops.js';
import { requestedKeys } from './requested-keys.js';
import { draw, idsOf, stretch } from './requests.js';
import type { TraceSource } from './trace-source.js';

export interface SetUp extends Cell {
  readonly contender: ContenderName;
  readonly requests: number;
  /** Requests before the first round: the compiler's turn, and the popular keys'. */
  readonly warmUp: number;
  readonly clock: Clock;
  /** Where the cell's workload is a trace. */
  readonly trace?: TraceSource | undefined;
}

export interface Timed extends Done {
  readonly ns: number;
}

type Question = { readonly setUp: SetUp } | { readonly round: number };

export const VALUE_BYTES = 64;
const VALUES = 1_024; // distinct ones: read from memory, as values are, and not made while the clock runs
const FOR_EVER = TTLS_MS.indexOf(TTL_MS);

let runRound: (round: number) => Timed;

answer((question: Question) => {
  if ('round' in question) return runRound(question.round);
  runRound = prepare(question.setUp);
  return undefined;
});

function prepare({
  workload,
  keys: kind,
  entries,
  contender,
  requests,
  warmUp,
  clock,
  trace,
}: SetUp): (round: number) => Timed {
  const recorded = workload === 'trace' ? readRecordedTrace(trace!.folder, trace!.entry) : undefined;
  const cache = kindOf(contender).make({ entries, keyBytes: KEY_BYTES, valueBytes: VALUE_BYTES });
  const values = Array.from({ length: VALUES }, (_, i) => new Uint8Array(VALUE_BYTES).fill(1 + (i % 255)));
  const keys = requestedKeys(kind, workload === 'trace' ? recorded!.unique : idsOf({ workload, entries }));
  const loop = { zipf: getElseSet, trace: getElseSet, hits: getElseSet, sets: setOnly, ttl: getElseSetFor }[workload];
  const run: (work: Work) => Done = kind === 'bytes' ? getBytesElseSet : loop;

  const prepareRound = (round: number) => {
    keys.prepare(
      workload === 'trace'
        ? stretch(recorded!.ids, { count: requests, round })
        : draw({ workload, entries, count: requests, seed: round }),
    );
  };
  const fill = () => {
    keys.prepare(Uint32Array.from({ length: entries }, (_, id) => id));
    for (let i = 0; i < entries; i++) {
      if (workload === 'ttl') cache.setFor!(keys.key(i), values[0]!, FOR_EVER);
      else cache.set(keys.key(i), values[0]!);
    }
  };

  if (workload !== 'trace') fill();
  const warmUps = Math.ceil(warmUp / requests);
  for (let round = 0; round < warmUps; round++) {
    prepareRound(round);
    run({ cache, keys, requests, values });
  }
  return (round) => {
    prepareRound(warmUps + round);
    global.gc!(); // what preparing left behind is not the contender's
    const start = readClock(clock);
    const done = run({ cache, keys, requests, values });
    return { ...done, ns: readClock(clock) - start };
  };
}
