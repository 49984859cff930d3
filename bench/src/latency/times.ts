import type { Latencies } from '../cluster/latencies.js';
import { median } from '../rounds.js';

/** What is said of latencies, in ms. */
export interface Times {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export function timesOf(latencies: Latencies): Times {
  return {
    p50Ms: latencies.percentileMs(50),
    p99Ms: latencies.percentileMs(99),
    p999Ms: latencies.percentileMs(99.9),
    maxMs: latencies.percentileMs(100),
  };
}

/** Of each figure by itself. @throws {RangeError} of nothing. */
export function medianTimes(rounds: readonly Times[]): Times {
  const middle = (figure: keyof Times) => median(rounds.map((times) => times[figure]));
  return { p50Ms: middle('p50Ms'), p99Ms: middle('p99Ms'), p999Ms: middle('p999Ms'), maxMs: middle('maxMs') };
}
