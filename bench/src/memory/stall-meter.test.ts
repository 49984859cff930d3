import { beforeEach, expect, test } from '@jest/globals';

import { type Span, StallMeter } from './stall-meter.js';

let nowMs: number;
let collected: (collection: Span) => void;
let isHearing: boolean;

beforeEach(() => {
  nowMs = 1_000;
});

function manualMeter(): StallMeter {
  isHearing = true;
  return new StallMeter({
    now: () => nowMs,
    hearCollections: (heard) => {
      collected = heard;
      return () => {
        isHearing = false;
      };
    },
  });
}

test('the longest time between two marks is found among thousands of short ones', async () => {
  const meter = manualMeter();
  meter.begin();
  for (let i = 0; i < 5_000; i++) {
    nowMs += i === 2_500 ? 40 : 1;
    meter.mark();
  }
  expect(await meter.end()).toEqual({ longestMs: 40, longestOtherMs: 40, gcTotalMs: 0, gcLongestMs: 0 });
});

test('what lies before begin() belongs to no gap', async () => {
  const meter = manualMeter();
  nowMs += 300;
  meter.begin();
  nowMs += 2;
  meter.mark();
  expect((await meter.end()).longestMs).toBe(2);
});

test('a collection within a gap is not counted as another stall', async () => {
  const meter = manualMeter();
  meter.begin();
  nowMs += 100;
  meter.mark();
  nowMs += 50;
  meter.mark();
  collected({ from: 990, to: 1_020 }); // ten of it before the gap
  collected({ from: 1_030, to: 1_070 });
  expect(await meter.end()).toEqual({ longestMs: 100, longestOtherMs: 50, gcTotalMs: 70, gcLongestMs: 40 });
});

test('collections that are told in the last two turns are heard, later ones are not', async () => {
  const meter = manualMeter();
  meter.begin();
  nowMs += 10;
  meter.mark();
  setImmediate(() => setImmediate(() => collected({ from: 1_000, to: 1_008 })));
  const stalls = await meter.end();
  expect(stalls).toMatchObject({ longestOtherMs: 2, gcTotalMs: 8 });
  expect(isHearing).toBe(false);
});

test('it hears the collections of this process, on its own clock', async () => {
  const meter = new StallMeter();
  const kept = Array.from({ length: 200_000 }, (_, i) => ({ i }));
  meter.begin();
  let garbage: object[] = [];
  for (let i = 0; i < 4_000_000; i++) garbage = [{ i, garbage: garbage.length }]; // more than a young generation holds
  meter.mark();
  const { longestMs, longestOtherMs, gcTotalMs } = await meter.end();
  expect(kept).toHaveLength(200_000);
  expect(gcTotalMs).toBeGreaterThan(0);
  expect(longestOtherMs).toBeLessThan(longestMs);
});
