import { expect, test } from '@jest/globals';

import { Latencies } from './latencies.js';

test('a percentile is the least latency that so many did not exceed, beyond the first room as well', () => {
  const latencies = new Latencies();
  const count = 200_000;
  for (let i = count; i > 0; i--) latencies.record(i);
  expect(latencies.count).toBe(count);
  expect([50, 99, 99.9, 100].map((percentile) => latencies.percentileMs(percentile))).toEqual([
    100_000, 198_000, 199_800, 200_000,
  ]);
});

test('of no latencies every percentile is 0', () => {
  expect(new Latencies().percentileMs(99)).toBe(0);
});
