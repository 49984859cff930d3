import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { COARSE_LATENCY_BOUNDS_MS, LATENCY_BOUNDS_MS, LatencyHistogram } from './latency-histogram.js';

function histogramOf(durations: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of durations) histogram.record(ms);
  return histogram;
}

const duration = fc.double({ min: 0.02, max: 59_000, noNaN: true });

test('buckets rise from 0.01 ms to a minute, each at most a seventh wider than the one before', () => {
  const bounds = [...LATENCY_BOUNDS_MS];
  expect([bounds[0], bounds.at(-1)]).toEqual([0.01, 60_000]);
  for (let i = 1; i < bounds.length; i++) {
    expect(bounds[i]! / bounds[i - 1]!).toBeGreaterThan(1);
    expect(bounds[i]! / bounds[i - 1]!).toBeLessThan(1 + 1 / 6.9);
  }
});

test('every quantile is within a tenth of the duration that stands there', () => {
  fc.assert(
    fc.property(
      fc.array(duration, { minLength: 1, maxLength: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, share) => {
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
        const told = histogramOf(all).quantile(share);
        expect(Math.abs(told - exact) / exact).toBeLessThan(0.1);
      },
    ),
  );
});

test('what Prometheus gets is counted, not estimated', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(duration, fc.constantFrom(...COARSE_LATENCY_BOUNDS_MS)), { maxLength: 300 }),
      (all) => {
        const histogram = histogramOf(all);
        const exact = COARSE_LATENCY_BOUNDS_MS.map((bound) => all.filter((ms) => ms <= bound).length);
        expect(histogram.cumulative()).toEqual(exact);
        expect(histogram.count).toBe(all.length);
        expect(histogram.counts().reduce((sum, count) => sum + count, 0)).toBe(all.length);
        expect(histogram.sumMs).toBeCloseTo(
          all.reduce((sum, ms) => sum + ms, 0),
          3,
        );
      },
    ),
  );
});

test('a bound between two buckets is refused', () => {
  expect(() => histogramOf([1]).cumulative([1, 1.05])).toThrow(RangeError);
});

test('nothing recorded has no percentiles, and what takes hours is still told', () => {
  expect(histogramOf([]).percentiles()).toBeUndefined();
  expect(histogramOf([]).quantile(0.5)).toBe(0);
  expect(histogramOf([1, 1, 7_200_000]).percentiles()).toMatchObject({ count: 3, max: 7_200_000 });
  expect(histogramOf([7_200_000]).quantile(0.5)).toBe(7_200_000);
  expect(histogramOf([-1]).percentiles()).toEqual({ count: 1, p50: 0, p90: 0, p99: 0, max: 0 });
});
