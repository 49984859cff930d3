// The latency of contenders at the same absolute rates: shares of what the first of them reaches in a closed loop.

import { CONTENDERS, type ContenderName, type System } from '../cluster/contenders.js';
import type { Servers } from '../cluster/servers.js';
import { MeasuringProcess } from '../measuring-process.js';
import { interleaved, median } from '../rounds.js';
import type { OpenRound, RoundOptions, SetUp } from './open-child.js';
import { medianTimes, type Times } from './times.js';

/** `none`: the generator against a function that answers at once, in the first contender's process. */
export type Measured = ContenderName | 'none';

export interface OpenPlan {
  readonly contenders: readonly ContenderName[];
  readonly servers: ReadonlyMap<System, Servers>;
  /** Percent of what the first contender reaches. */
  readonly shares: readonly number[];
  readonly rounds: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly durationMs: number;
}

export interface Row {
  readonly contender: Measured;
  /** Medians over rounds, as is `lateness`. */
  readonly latency: Times;
  readonly lateness: Times;
  /** These are medians, too. Undefined: the system doesn't tell. */
  readonly cpuWait: number | undefined;
  readonly cpu: number | undefined;
  /** Of all rounds together. */
  readonly due: number;
  readonly failed: number;
  readonly firstFailure: string | undefined;
  readonly rounds: readonly OpenRound[];
}

export interface RateCell {
  readonly share: number;
  readonly perSecond: number;
  readonly rows: readonly Row[];
}

const CHILD = new URL('./open-child.ts', import.meta.url);

/**
 * @param capacity gets a second that are 100 percent.
 * @param each is given each cell as soon as it is measured.
 * @throws {Error} if a client can't connect, or a value is not what was put.
 */
export async function runOpen(plan: OpenPlan, capacity: number, each: (cell: RateCell) => void): Promise<void> {
  const { contenders, servers, shares, rounds } = plan;
  const clients = new Map(contenders.map((name) => [name, new MeasuringProcess(CHILD)]));
  const measured: readonly Measured[] = ['none', ...contenders];
  const ask = (name: Measured, options: Omit<RoundOptions, 'against'>) => {
    const against = name === 'none' ? 'nothing' : 'client';
    const client = clients.get(name === 'none' ? contenders[0]! : name)!;
    return client.ask<OpenRound>({ ...options, against } satisfies RoundOptions);
  };
  try {
    for (const [contender, client] of clients) {
      const { addresses, pids } = servers.get(CONTENDERS[contender].system)!;
      const { keys, valueBytes, durationMs } = plan;
      const setUp: SetUp = { contender, addresses, servers: pids, keys, valueBytes, durationMs };
      await client.ask({ setUp });
    }
    for (const share of shares) {
      const perSecond = (capacity * share) / 100;
      // One round more than is counted, to warm up.
      const all = await interleaved(measured, rounds + 1, (name, round) => ask(name, { perSecond, round }));
      each({ share, perSecond, rows: measured.map((name) => rowOf(name, all.get(name)!.slice(1))) });
    }
    for (const client of clients.values()) await client.ask({ end: true });
  } finally {
    await Promise.all([...clients.values()].map((client) => client.close()));
  }
}

function rowOf(contender: Measured, rounds: readonly OpenRound[]): Row {
  return {
    contender,
    cpuWait: medianOfKnown(rounds.map(({ cpuWait }) => cpuWait)),
    cpu: medianOfKnown(rounds.map(({ cpu }) => cpu)),
    latency: medianTimes(rounds.map(({ latency }) => latency)),
    lateness: medianTimes(rounds.map(({ lateness }) => lateness)),
    due: rounds.reduce((sum, { due }) => sum + due, 0),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    firstFailure: rounds.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
    rounds,
  };
}

function medianOfKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}
