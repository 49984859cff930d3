import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { Metronome } from './metronome.js';
import { openLoop } from './open-loop.js';

let metronome: Metronome;

beforeAll(async () => {
  metronome = await Metronome.start();
});
afterAll(() => metronome.stop());

/** Resolves at the n-th tick from now. */
function ticks(n: number): Promise<void> {
  return new Promise((resolve) => {
    let heard = 0;
    const stop = metronome.listen(() => {
      if (++heard < n) return;
      stop();
      resolve();
    });
  });
}

test('it ticks again and again, and calls no listener that was removed', async () => {
  let heard = 0;
  const stop = metronome.listen(() => void heard++);
  await ticks(3);
  expect(heard).toBeGreaterThanOrEqual(3);
  stop();
  const before = heard;
  await ticks(3);
  expect(heard).toBe(before);
});

test('it carries a load to its end, no request sent before it is due', async () => {
  const dueMs = Float64Array.of(0, 1, 2, 10);
  const startedAt = performance.now();
  const early: number[] = [];
  const get = async (i: number) => {
    if (performance.now() - startedAt < dueMs[i]!) early.push(i);
  };
  expect(await openLoop({ dueMs, get, check: () => undefined }, metronome)).toMatchObject({ due: 4, failed: 0 });
  expect(early).toEqual([]);
});
