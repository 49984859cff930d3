// How long things took, as a histogram of fixed buckets: what percentiles for the eye and Prometheus are read from.
//
// The buckets are as good as a logarithm (each at most a seventh wider than the one before, as in HdrHistogram), but their
// bounds are round numbers, the same in each decade: so the bounds that dashboards use are among them, and what Prometheus
// gets is counted, not interpolated.

import type { Percentiles } from './admin.js';

const STEPS = [1, 1.1, 1.25, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.3, 3.6, 4, 4.5, 5, 5.5, 6, 6.5, 7.2, 8, 9] as const;
const FIRST_DECADE = -2; // 0.01 ms: what is shorter is counted there
const LAST_MS = 60_000; // what takes longer has one bucket more

/** Upper bounds of the buckets, in ms, rising; a bound belongs to its bucket. What is above the last has a bucket besides. */
export const LATENCY_BOUNDS_MS: Float64Array = boundsUpTo(LAST_MS);

/** A few of them, from 0.1 ms to 60 s, for whoever shows or keeps each bucket. */
export const COARSE_LATENCY_BOUNDS_MS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
];

export class LatencyHistogram {
  readonly #counts = new Float64Array(LATENCY_BOUNDS_MS.length + 1);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  /** Durations recorded so far. */
  get count(): number {
    return this.#count;
  }

  /** All of them together, in ms. */
  get sumMs(): number {
    return this.#sumMs;
  }

  /** The longest, in ms; 0: none yet. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /** @param ms below 0 counts as 0. Cost: some 20 ns. */
  record(ms: number): void {
    const duration = Math.max(ms, 0);
    this.#counts[bucketOf(duration)]!++;
    this.#count++;
    this.#sumMs += duration;
    if (duration > this.#maxMs) this.#maxMs = duration;
  }

  /** How many there were in each bucket, in the order of {@link LATENCY_BOUNDS_MS}, and last those above all bounds. */
  counts(): Float64Array {
    return this.#counts.slice();
  }

  /**
   * How many took no longer than each of some bounds, as Prometheus counts.
   * @param boundsMs rising, each one of {@link LATENCY_BOUNDS_MS}. @throws {RangeError} for a bound that is none of them.
   */
  cumulative(boundsMs: readonly number[] = COARSE_LATENCY_BOUNDS_MS): number[] {
    let bucket = 0;
    let sum = 0;
    return boundsMs.map((bound) => {
      for (; bucket < LATENCY_BOUNDS_MS.length && LATENCY_BOUNDS_MS[bucket]! <= bound; bucket++) {
        sum += this.#counts[bucket]!;
      }
      if (LATENCY_BOUNDS_MS[bucket - 1] !== bound) throw new RangeError(`no bucket ends at ${bound} ms`);
      return sum;
    });
  }

  /**
   * The duration that such a share of all did not exceed, in ms, to within a tenth; 0: none were recorded.
   * @param share 0 to 1.
   */
  quantile(share: number): number {
    if (this.#count === 0) return 0;
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let bucket = 0;
    for (let sum = this.#counts[0]!; sum < wanted; sum += this.#counts[bucket]!) bucket++;
    if (bucket === LATENCY_BOUNDS_MS.length) return this.#maxMs;
    const middle = (LATENCY_BOUNDS_MS[bucket]! + (LATENCY_BOUNDS_MS[bucket - 1] ?? 0)) / 2;
    return Math.min(middle, this.#maxMs);
  }

  /** undefined: none were recorded. */
  percentiles(): Percentiles | undefined {
    if (this.#count === 0) return undefined;
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => this.quantile(share)) as [number, number, number];
    return { count: this.#count, p50, p90, p99, max: this.#maxMs };
  }
}

function boundsUpTo(last: number): Float64Array {
  const bounds: number[] = [];
  for (let decade = FIRST_DECADE; bounds.at(-1) !== last; decade++) {
    for (const step of STEPS) {
      if (bounds.at(-1) !== last) bounds.push(Number(`${step}e${decade}`)); // the very number that a literal is
    }
  }
  return Float64Array.from(bounds);
}

/** The first bucket whose bound is not below; by halving, as the steps are no logarithm. */
function bucketOf(ms: number): number {
  let low = 0;
  let high = LATENCY_BOUNDS_MS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (LATENCY_BOUNDS_MS[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
