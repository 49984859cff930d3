import { expect, test } from '@jest/globals';

import { StallMeter } from './stall-meter.js';

function busyFor(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('the longest time between two marks is found among thousands of short ones', async () => {
  const meter = new StallMeter();
  meter.begin();
  for (let i = 0; i < 5_000; i++) {
    if (i === 2_500) busyFor(40);
    meter.mark();
  }
  const { longestMs, longestOtherMs } = await meter.end();
  expect(longestMs).toBeGreaterThanOrEqual(40);
  expect(longestOtherMs).toBeGreaterThan(20); // less collections, of which there are hardly any
});

test('what lies before begin() belongs to no gap', async () => {
  const meter = new StallMeter();
  busyFor(300);
  meter.begin();
  meter.mark();
  expect((await meter.end()).longestMs).toBeLessThan(300);
});

test('a collection within a gap is not counted as another stall', async () => {
  const meter = new StallMeter();
  const kept = Array.from({ length: 200_000 }, (_, i) => ({ i }));
  meter.begin();
  let garbage: object[] = [];
  for (let i = 0; i < 4_000_000; i++) garbage = [{ i, garbage: garbage.length }];
  meter.mark();
  const { longestMs, longestOtherMs, gcTotalMs } = await meter.end();
  expect(kept).toHaveLength(200_000);
  expect(gcTotalMs).toBeGreaterThan(0);
  expect(longestOtherMs).toBeLessThan(longestMs);
});
