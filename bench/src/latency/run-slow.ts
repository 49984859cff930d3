// Two fast groups, alone and beside a slow one, in turns. How much alone differs from alone within the same round is the noise
// that the difference has to be held against.

import type { MeasuredBalancing } from '../cluster/choice.js';
import type { Servers } from '../cluster/servers.js';
import { MeasuringProcess } from '../measuring-process.js';
import { interleaved, median } from '../rounds.js';
import type { Opened } from './open-loop.js';
import type { RoundOptions, SetUp, SlowRound } from './slow-child.js';
import type { Limits } from './timed-groups.js';
import { medianTimes, type Times } from './times.js';

export interface SlowPlan extends Omit<SetUp, 'addresses'> {
  readonly servers: Servers;
  readonly rounds: number;
}

export const FAST_GROUPS = ['cached', 'loading'] as const;

export type FastGroup = (typeof FAST_GROUPS)[number];

/** Of all rounds. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export type TimesRatio = Readonly<Record<keyof Times, Ratio>>;

export interface FastRow {
  readonly group: FastGroup;
  /** Medians over rounds. */
  readonly alone: Times;
  readonly beside: Times;
  /** Beside over alone, and alone over alone, each within a round. */
  readonly ratio: TimesRatio;
  readonly noise: TimesRatio;
  /** Gets that got no answer, in all rounds. */
  readonly failedAlone: number;
  readonly failedBeside: number;
}

export interface SlowCell {
  readonly balancing: MeasuredBalancing;
  readonly limits: Limits;
  readonly perSecond: SetUp['perSecond'];
  readonly rows: readonly FastRow[];
  /** What the slow group's callers saw. */
  readonly slow: {
    readonly latency: Times;
    readonly due: number;
    readonly failed: number;
    readonly mostInFlight: number;
    readonly firstFailure: string | undefined;
  };
  /** Of a fast group. */
  readonly firstFailure: string | undefined;
  readonly rounds: Readonly<Record<Turn, readonly SlowRound[]>>;
}

const TURNS = ['alone', 'beside', 'alone again'] as const;

type Turn = (typeof TURNS)[number];

const CHILD = new URL('./slow-child.ts', import.meta.url);

/** @throws {Error} if the client fails, or a value is not the right one. */
export async function runSlow({ servers, rounds, ...of }: SlowPlan): Promise<SlowCell> {
  const client = new MeasuringProcess(CHILD);
  try {
    const setUp: SetUp = { ...of, addresses: servers.addresses };
    await client.ask({ setUp });
    const ask = (turn: Turn, round: number) =>
      client.ask<SlowRound>({ round, besideSlow: turn === 'beside' } satisfies RoundOptions);
    const all = await interleaved(TURNS, rounds + 1, ask); // one round more than is counted, to warm up
    await client.ask({ end: true });
    const counted = (turn: Turn) => all.get(turn)!.slice(1);
    const turns = { alone: counted('alone'), beside: counted('beside'), 'alone again': counted('alone again') };
    return cellOf(of, turns);
  } finally {
    await client.close();
  }
}

function cellOf(
  { balancing, limits, perSecond }: Omit<SlowPlan, 'servers' | 'rounds'>,
  rounds: SlowCell['rounds'],
): SlowCell {
  const slow = rounds.beside.map((round) => round.slow!);
  const fast = Object.values(rounds).flatMap((turn) => turn.flatMap(({ cached, loading }) => [cached, loading]));
  return {
    balancing,
    limits,
    perSecond,
    rows: FAST_GROUPS.map((group) => rowOf(group, rounds)),
    slow: {
      latency: medianTimes(slow.map(({ latency }) => latency)),
      due: slow.reduce((sum, { due }) => sum + due, 0),
      failed: failures(slow),
      mostInFlight: median(rounds.beside.map(({ mostInFlight }) => mostInFlight)),
      firstFailure: firstOf(slow),
    },
    firstFailure: firstOf(fast),
    rounds,
  };
}

function rowOf(group: FastGroup, rounds: SlowCell['rounds']): FastRow {
  const of = (turn: Turn) => rounds[turn].map((round) => round[group]);
  const latencies = (turn: Turn) => of(turn).map(({ latency }) => latency);
  const [alone, beside, again] = [latencies('alone'), latencies('beside'), latencies('alone again')];
  return {
    group,
    alone: medianTimes(alone),
    beside: medianTimes(beside),
    ratio: ratios(beside, alone),
    noise: ratios(again, alone),
    failedAlone: failures([...of('alone'), ...of('alone again')]),
    failedBeside: failures(of('beside')),
  };
}

function ratios(of: readonly Times[], over: readonly Times[]): TimesRatio {
  const ratio = (figure: keyof Times): Ratio => {
    const byRound = of.map((times, i) => times[figure] / over[i]![figure]);
    return { median: median(byRound), least: Math.min(...byRound), most: Math.max(...byRound) };
  };
  return { p50Ms: ratio('p50Ms'), p99Ms: ratio('p99Ms'), p999Ms: ratio('p999Ms'), maxMs: ratio('maxMs') };
}

function failures(all: readonly Opened[]): number {
  return all.reduce((sum, { failed }) => sum + failed, 0);
}

function firstOf(all: readonly Opened[]): string | undefined {
  return all.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure;
}
