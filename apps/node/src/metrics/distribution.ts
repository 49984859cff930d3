import { COARSE_LATENCY_BOUNDS_MS, type LatencyHistogram } from '@ringcache/cache-core';
import { BATCH_BOUNDS, type SizeHistogram } from '@ringcache/transport-grpc';

/** How often what was how large, as Prometheus wants it. */
export interface Distribution {
  /** Upper bounds of the buckets, inclusive, rising. */
  readonly bounds: readonly number[];
  /** How many were not above each bound. */
  readonly cumulative: readonly number[];
  readonly count: number;
  readonly sum: number;
}

const BOUNDS_SECONDS = COARSE_LATENCY_BOUNDS_MS.map((ms) => ms / 1_000);

/** In seconds. */
export function durationsOf(histogram: LatencyHistogram): Distribution {
  return {
    bounds: BOUNDS_SECONDS,
    cumulative: histogram.cumulative(),
    count: histogram.count,
    sum: histogram.sumMs / 1_000,
  };
}

export function entriesOf({ counts, sum }: SizeHistogram): Distribution {
  let count = 0;
  const running = Array.from(counts, (each) => {
    count += each;
    return count;
  });
  return { bounds: BATCH_BOUNDS, cumulative: running.slice(0, BATCH_BOUNDS.length), count, sum };
}
