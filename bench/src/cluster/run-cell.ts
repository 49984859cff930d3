// All contenders at one number of callers, each client in its own process, in turns; then how they compare.

import { MeasuringProcess } from '../measuring-process.js';
import { interleaved, median } from '../rounds.js';
import type { SetUp } from './child.js';
import { CONTENDERS, type ContenderName, isOurs, type System } from './contenders.js';
import type { Round } from './round.js';
import type { Servers } from './servers.js';

export interface Plan {
  readonly contenders: readonly ContenderName[];
  readonly servers: ReadonlyMap<System, Servers>;
  readonly rounds: number;
  readonly keys: number;
  readonly callers: number;
  readonly valueBytes: number;
  readonly durationMs: number;
  /** Puts every key first: once for servers that were just started. */
  readonly fill: boolean;
}

/** What is compared; the names are those in {@link Round}. */
export const MEASURES = ['getsPerSecond', 'p50Ms', 'p99Ms', 'p999Ms', 'cpu', 'residentBytes'] as const;

export type Measure = (typeof MEASURES)[number];

/** Undefined: the system doesn't tell. */
export type Figures = Readonly<Record<Measure, number | undefined>>;

export interface Row {
  readonly contender: ContenderName;
  /** Medians over rounds; `cpu` in seconds a million gets, client and servers together, as is `residentBytes`. */
  readonly figures: Figures;
  /** Ours only: each figure over the peer's, the median of the ratios within a round. */
  readonly timesPeer: Readonly<Partial<Record<ContenderName, Figures>>>;
  readonly rounds: readonly Round[];
}

const CHILD = new URL('./child.ts', import.meta.url);

/** @throws {Error} if a client fails, or a value is not what was put. */
export async function runCell(plan: Plan): Promise<Row[]> {
  const { contenders, servers, rounds, keys, callers, valueBytes, durationMs } = plan;
  const clients = new Map(contenders.map((name) => [name, new MeasuringProcess(CHILD)]));
  try {
    for (const [contender, client] of clients) {
      const { addresses, pids } = servers.get(CONTENDERS[contender].system)!;
      const setUp: SetUp = { contender, addresses, servers: pids, keys, callers, valueBytes, durationMs };
      await client.ask({ setUp });
      if (plan.fill) await client.ask({ fill: true });
    }
    // One round more than is counted, to warm up.
    const all = await interleaved(contenders, rounds + 1, (name, round) => clients.get(name)!.ask<Round>({ round }));
    for (const client of clients.values()) await client.ask({ end: true });
    const counted = new Map([...all].map(([name, its]) => [name, its.slice(1)]));
    return contenders.map((name) => rowOf(name, counted));
  } finally {
    await Promise.all([...clients.values()].map((client) => client.close()));
  }
}

function rowOf(contender: ContenderName, all: ReadonlyMap<ContenderName, readonly Round[]>): Row {
  const rounds = all.get(contender)!;
  const figures = figuresOf((measure) => medianOf(rounds.map((round) => figureOf(round, measure))));
  const peers = isOurs(contender) ? [...all].filter(([name]) => !isOurs(name)) : [];
  const timesPeer = peers.map(([peer, its]) => {
    const ratio = (measure: Measure, i: number) => {
      const [ours, theirs] = [figureOf(rounds[i]!, measure), figureOf(its[i]!, measure)];
      return ours === undefined || !theirs ? undefined : ours / theirs; // 0: too little CPU for the kernel's clock
    };
    return [peer, figuresOf((measure) => medianOf(rounds.map((_, i) => ratio(measure, i))))] as const;
  });
  return { contender, figures, timesPeer: Object.fromEntries(timesPeer), rounds };
}

function figuresOf(figure: (measure: Measure) => number | undefined): Figures {
  return {
    getsPerSecond: figure('getsPerSecond'),
    p50Ms: figure('p50Ms'),
    p99Ms: figure('p99Ms'),
    p999Ms: figure('p999Ms'),
    cpu: figure('cpu'),
    residentBytes: figure('residentBytes'),
  };
}

function figureOf(round: Round, measure: Measure): number | undefined {
  if (measure === 'cpu') return sum(round.clientCpu, round.serverCpu);
  if (measure === 'residentBytes') return sum(round.clientBytes, round.serverBytes);
  return round[measure];
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}
