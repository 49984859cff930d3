// All contenders in one cell, each in its own process, in turns.

import type { Clock } from '../clock.js';
import { CONTENDER_NAMES, type ContenderName, kindOf } from '../contenders/kinds.js';
import { MeasuringProcess } from '../measuring-process.js';
import { interleaved, median, medianRatio } from '../rounds.js';
import type { Cell } from './cells.js';
import type { SetUp, Timed } from './child.js';
import { checkHits } from './plausible.js';
import type { TraceSource } from './trace-source.js';

export interface Plan {
  readonly contenders: readonly ContenderName[];
  readonly rounds: number;
  readonly requests: number;
  /** Requests before the first round. */
  readonly warmUp: number;
  readonly clock: Clock;
  readonly trace?: TraceSource | undefined;
}

export interface Row {
  readonly contender: ContenderName;
  /** Nanoseconds for each request, the loop itself included: the median, and each round's. */
  readonly nsPerRequest: number;
  readonly nsByRound: readonly number[];
  /** 0 to 1. */
  readonly hitRatio: number;
  /** How many times as fast as each reference, both without the loop's own time: the median over rounds. */
  readonly timesAsFast: Readonly<Partial<Record<ContenderName, number>>>;
}

/** What the others are held against. */
export const REFERENCES = ['lru-cache-full', 'lru-cache', 'map'] as const satisfies readonly ContenderName[];

const CHILD = new URL('./child.ts', import.meta.url);
const LARGE_ENTRIES = 2_000_000; // from here on not all contenders fit into memory side by side
const AT_ONCE_LARGE = 3; // beside control and references
const LARGE_HEAP_MB = 12_000;
const LEAST_NS = 0.1; // a round that is no slower than the loop itself, by noise, still gets a ratio

/** @throws {Error} if a process fails, or hits can't be right. */
export async function runCell(cell: Cell, plan: Plan): Promise<Row[]> {
  const rows = new Map<ContenderName, Row>();
  const able = plan.contenders.filter((name) => cell.workload !== 'ttl' || kindOf(name).ttlPerEntry);
  for (const group of groupsOf(able, cell.entries)) {
    const results = await runGroup(group, cell, plan);
    checkHits(cell, plan.requests, results);
    for (const name of group) if (!rows.has(name)) rows.set(name, rowOf(name, results, plan.requests));
  }
  return [...rows.values()];
}

/** Control and references are in every group, for a ratio needs both in one round. */
function groupsOf(names: readonly ContenderName[], entries: number): ContenderName[][] {
  const always = CONTENDER_NAMES.filter((name) => name === 'none' || (isReference(name) && names.includes(name)));
  const others = names.filter((name) => !always.includes(name));
  if (entries < LARGE_ENTRIES || others.length <= AT_ONCE_LARGE) return [[...always, ...others]];
  return Array.from({ length: Math.ceil(others.length / AT_ONCE_LARGE) }, (_, i) => [
    ...always,
    ...others.slice(i * AT_ONCE_LARGE, (i + 1) * AT_ONCE_LARGE),
  ]);
}

function isReference(name: ContenderName): boolean {
  return REFERENCES.some((reference) => reference === name);
}

async function runGroup(
  group: readonly ContenderName[],
  cell: Cell,
  { rounds, requests, warmUp, clock, trace }: Plan,
): Promise<Map<ContenderName, Timed[]>> {
  const heapMb = cell.entries < LARGE_ENTRIES ? undefined : LARGE_HEAP_MB;
  const processes = new Map(group.map((name) => [name, new MeasuringProcess(CHILD, { heapMb })]));
  try {
    await Promise.all(
      [...processes].map(([contender, process]) => {
        const setUp: SetUp = { ...cell, contender, requests, warmUp, clock, trace };
        return process.ask({ setUp });
      }),
    );
    return await interleaved(group, rounds, (name, round) => processes.get(name)!.ask<Timed>({ round }));
  } finally {
    await Promise.all([...processes.values()].map((process) => process.close()));
  }
}

function rowOf(name: ContenderName, results: ReadonlyMap<ContenderName, Timed[]>, requests: number): Row {
  const loop = results.get('none')!;
  const timesOf = (of: ContenderName) => results.get(of)?.map(({ ns }) => ns / requests);
  const withoutLoop = (times: readonly number[]) =>
    times.map((ns, round) => Math.max(LEAST_NS, ns - loop[round]!.ns / requests));
  const rounds = results.get(name)!;
  const nsByRound = timesOf(name)!;
  const timesAsFast: Partial<Record<ContenderName, number>> = {};
  for (const reference of REFERENCES) {
    const times = timesOf(reference);
    if (times === undefined || name === 'none') continue;
    timesAsFast[reference] = medianRatio(withoutLoop(times), withoutLoop(nsByRound));
  }
  return {
    contender: name,
    nsPerRequest: median(nsByRound),
    nsByRound,
    hitRatio: median(rounds.map(({ hits }) => hits / requests)),
    timesAsFast,
  };
}
