// Ranks by popularity: the k-th of n is asked for in proportion to 1 / k^exponent.
//
// Rejection-inversion: invert the integral of a continuous hat over the distribution, and reject the few draws that lie
// between hat and bars. O(1) a draw and no table, so forty million keys cost nothing to set up.
// Source: W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions",
// ACM TOMACS 6(3), 1996.

export interface ZipfOptions {
  /** How many ranks there are. */
  readonly count: number;
  /** Skew, above 0. 0.99 is what YCSB takes. */
  readonly exponent: number;
  /** Uniform numbers from 0 up to 1. */
  readonly random: () => number;
}

/** @returns a function that draws ranks from 0, the most popular, to count - 1. */
export function zipf({ count, exponent, random }: ZipfOptions): () => number {
  const height = (x: number) => Math.exp(-exponent * Math.log(x));
  const area = (x: number) => {
    const log = Math.log(x);
    return expm1Over((1 - exponent) * log) * log;
  };
  const inverseArea = (a: number) => Math.exp(log1pOver(Math.max(-1, a * (1 - exponent))) * a);

  const last = area(count + 0.5);
  const span = area(1.5) - 1 - last;
  const squeeze = 2 - inverseArea(area(2.5) - height(2)); // so near a bar's middle nothing needs to be computed
  return () => {
    for (;;) {
      const drawn = last + random() * span;
      const x = inverseArea(drawn);
      const rank = Math.min(count, Math.max(1, Math.round(x)));
      if (rank - x <= squeeze || drawn >= area(rank + 0.5) - height(rank)) return rank - 1;
    }
  };
}

const NEAR_ZERO = 1e-8; // below it the series' first terms are exact in a double

function expm1Over(x: number): number {
  return Math.abs(x) > NEAR_ZERO ? Math.expm1(x) / x : 1 + x / 2;
}

function log1pOver(x: number): number {
  return Math.abs(x) > NEAR_ZERO ? Math.log1p(x) / x : 1 - x / 2;
}
