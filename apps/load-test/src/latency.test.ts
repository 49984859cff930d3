import { expect, test } from '@jest/globals';
import { seededRandom } from '@ringcache/cache-core/testing';

import { inMs, Latencies } from './latency.js';

test('percentiles are those of the sorted latencies, to a thousandth', () => {
  const random = seededRandom(1);
  const latencies = new Latencies();
  const recorded: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const us = Math.round(100 * 10 ** (4 * random()));
    recorded.push(us);
    latencies.record(us / 1_000);
  }
  recorded.sort((a, b) => a - b);
  const { percentiles, minUs, maxUs, meanUs } = latencies.summary();
  for (const p of [50, 90, 99, 99.9]) {
    const exact = recorded[Math.ceil((p / 100) * recorded.length) - 1]!;
    expect(Math.abs(percentiles[`p${p}`]! - exact) / exact).toBeLessThan(0.001);
  }
  const mean = recorded.reduce((sum, us) => sum + us, 0) / recorded.length;
  expect(Math.abs(meanUs - mean) / mean).toBeLessThan(0.001);
  expect(Math.abs(minUs - recorded[0]!) / recorded[0]!).toBeLessThan(0.001);
  expect(Math.abs(maxUs - recorded.at(-1)!) / recorded.at(-1)!).toBeLessThan(0.001);
});

test('nothing recorded is all zeros, and what is longer than ten minutes counts as that', () => {
  const latencies = new Latencies();
  expect(latencies.summary()).toMatchObject({ minUs: 0, meanUs: 0, maxUs: 0 });
  latencies.record(3_600_000);
  latencies.record(0);
  expect(latencies.count).toBe(2);
  expect(latencies.summary().maxUs).toBeLessThan(601_000_000);
});

test('people read milliseconds', () => {
  expect([inMs(420), inMs(12_345)]).toEqual(['0.42 ms', '12.3 ms']);
});
