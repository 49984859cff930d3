import { build, type Histogram } from 'hdr-histogram-js';

export const PERCENTILES = [50, 90, 99, 99.9, 99.99] as const;

const HIGHEST_US = 10 * 60 * 1_000_000;

export interface LatencySummary {
  /** Microseconds, by percentile. */
  readonly percentiles: Readonly<Record<string, number>>;
  readonly minUs: number;
  readonly meanUs: number;
  readonly maxUs: number;
}

/** Latencies in an HDR histogram: three digits from a microsecond to ten minutes, in fixed memory. */
export class Latencies {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });

  get count(): number {
    return this.#histogram.totalCount;
  }

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(HIGHEST_US, Math.max(1, Math.round(ms * 1_000))));
  }

  percentileMs(percentile: number): number {
    return this.#histogram.getValueAtPercentile(percentile) / 1_000;
  }

  summary(): LatencySummary {
    const histogram = this.#histogram;
    const percentiles = Object.fromEntries(PERCENTILES.map((p) => [`p${p}`, histogram.getValueAtPercentile(p)]));
    const isEmpty = histogram.totalCount === 0;
    return {
      percentiles,
      minUs: isEmpty ? 0 : histogram.minNonZeroValue,
      meanUs: isEmpty ? 0 : Math.round(histogram.mean),
      maxUs: histogram.maxValue,
    };
  }
}

/** `0.42 ms`, for people. */
export function inMs(us: number): string {
  return `${(us / 1_000).toFixed(us < 10_000 ? 2 : 1)} ms`;
}
