// One way in, at one number of callers: ours and its floors, each with a client process of its own, in turns.

import type { Round } from '../cluster/round.js';
import { MeasuringProcess } from '../measuring-process.js';
import { interleaved, median } from '../rounds.js';
import type { SetUp } from './client-child.js';
import { type EndName, type FloorName, PATHS, type PathName } from './paths.js';
import type { Layout } from './records.js';

/** Where an end is served, and by which process. */
export interface Place {
  readonly port: number;
  readonly pid: number;
}

export interface Plan {
  readonly path: PathName;
  readonly places: ReadonlyMap<EndName, Place>;
  readonly layout: Layout;
  readonly keys: number;
  readonly callers: number;
  readonly durationMs: number;
  readonly rounds: number;
}

export interface Row {
  readonly end: EndName;
  /** Medians over rounds. */
  readonly getsPerSecond: number;
  readonly p99Ms: number;
  /** Ours only: gets/s over each floor's, the median of the ratios within a round. */
  readonly timesFloor: Readonly<Partial<Record<FloorName, number>>>;
  readonly rounds: readonly Round[];
}

const CHILD = new URL('./client-child.ts', import.meta.url);

/** @throws {Error} if a process fails, or a value is not what was put. */
export async function runPath({ path, places, rounds, ...of }: Plan): Promise<Row[]> {
  const { ours, floors } = PATHS[path];
  const ends: EndName[] = [ours, ...floors];
  const clients = new Map(ends.map((end) => [end, new MeasuringProcess(CHILD)]));
  try {
    for (const [end, client] of clients) {
      const { port, pid } = places.get(end)!;
      const setUp: SetUp = { ...of, end, port, server: pid };
      await client.ask({ setUp });
    }
    // One round more than is counted, to warm up.
    const all = await interleaved(ends, rounds + 1, (end, round) => clients.get(end)!.ask<Round>({ round }));
    for (const client of clients.values()) await client.ask({ end: true });
    const counted = new Map([...all].map(([end, its]) => [end, its.slice(1)]));
    return ends.map((end) => rowOf(end, end === ours ? floors : [], counted));
  } finally {
    await Promise.all([...clients.values()].map((client) => client.close()));
  }
}

function rowOf(end: EndName, floors: readonly FloorName[], all: ReadonlyMap<EndName, readonly Round[]>): Row {
  const rounds = all.get(end)!;
  const timesFloor = floors.map((floor) => {
    const theirs = all.get(floor)!;
    return [floor, median(rounds.map(({ getsPerSecond }, i) => getsPerSecond / theirs[i]!.getsPerSecond))] as const;
  });
  return {
    end,
    getsPerSecond: median(rounds.map((round) => round.getsPerSecond)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    timesFloor: Object.fromEntries(timesFloor),
    rounds,
  };
}
