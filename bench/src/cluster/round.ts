// One round of one contender, with what it cost on both sides.

import { closedLoop, type Loop } from './closed-loop.js';
import { useOf } from './process-use.js';

export interface Round {
  readonly getsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** CPU seconds a million gets: this process, and the servers together. Undefined where the system doesn't tell. */
  readonly clientCpu: number | undefined;
  readonly serverCpu: number | undefined;
  readonly clientBytes: number | undefined;
  readonly serverBytes: number | undefined;
}

/** @param servers their process ids. @throws {Error} as {@link closedLoop} does. */
export async function runRound(loop: Loop, servers: readonly number[]): Promise<Round> {
  const own = [process.pid];
  global.gc!(); // what the round before left behind
  const before = [useOf(own), useOf(servers)] as const;
  const { seconds, latencies } = await closedLoop(loop);
  const after = [useOf(own), useOf(servers)] as const;
  const gets = latencies.count;
  const cpu = (side: 0 | 1) => {
    const [from, to] = [before[side], after[side]];
    return from && to && ((to.cpuSeconds - from.cpuSeconds) * 1e6) / gets;
  };
  return {
    getsPerSecond: gets / seconds,
    p50Ms: latencies.percentileMs(50),
    p99Ms: latencies.percentileMs(99),
    p999Ms: latencies.percentileMs(99.9),
    clientCpu: cpu(0),
    serverCpu: cpu(1),
    clientBytes: after[0]?.residentBytes,
    serverBytes: after[1]?.residentBytes,
  };
}
