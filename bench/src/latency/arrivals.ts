// When requests are due that many users make, none of whom knows of the others: a Poisson process, whose gaps are spread
// exponentially. Even gaps would never put two requests close together, and show shorter queues than there are.

export interface ArrivalsOptions {
  readonly perSecond: number;
  readonly durationMs: number;
  /** Uniform numbers from 0 up to 1. */
  readonly random: () => number;
}

/** @returns ms from the beginning, ascending, each below `durationMs`. */
export function arrivals({ perSecond, durationMs, random }: ArrivalsOptions): Float64Array {
  const meanGapMs = 1_000 / perSecond;
  const dueMs: number[] = [];
  const gap = () => -Math.log(1 - random()) * meanGapMs;
  for (let at = gap(); at < durationMs; at += gap()) dueMs.push(at);
  return Float64Array.from(dueMs);
}
