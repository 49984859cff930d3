// How long processes were ready to run and got no CPU: where that is much of a round, its latencies are the machine's, be it
// that neighbours are busy or that there are fewer cores than processes.

import { readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;

/** By process, of its first thread, in ms since it began; undefined where Linux's schedstat is missing, or one has ended. */
export function cpuWaitsMs(pids: readonly number[]): number[] | undefined {
  try {
    return pids.map((pid) => {
      const [, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ');
      return Number(waitedNs) / NS_PER_MS;
    });
  } catch {
    return undefined; // another system: the other figures are worth having all the same
  }
}

/** @returns how long the one waited that waited most, as a share of the time, 0 to 1. */
export function mostWaited(
  before: readonly number[] | undefined,
  after: readonly number[] | undefined,
  elapsedMs: number,
): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  return Math.max(...after.map((ms, i) => ms - before[i]!)) / elapsedMs;
}
