import { expect, test } from '@jest/globals';

import { LoopDelay } from './loop-delay.js';

test('an event loop that stood still is told as such', async () => {
  let now = 0;
  const delay = new LoopDelay(() => now);
  try {
    now += 300; // by its own clock, before any timer can fire: it looks after 50
    while (delay.read().count === 0) await new Promise((resolve) => setImmediate(resolve));
    const { sum, bounds, cumulative, count } = delay.read();
    expect(sum).toBeCloseTo(0.25);
    expect(count - cumulative[bounds.indexOf(0.1)]!).toBe(1);
  } finally {
    delay.close();
  }
});

test('after close nothing is watched', async () => {
  const delay = new LoopDelay();
  while (delay.read().count === 0) await new Promise((resolve) => setImmediate(resolve));
  delay.close();
  const { count } = delay.read();
  const another = new LoopDelay(); // it looks as often
  while (another.read().count < 2) await new Promise((resolve) => setImmediate(resolve));
  another.close();
  expect(delay.read().count).toBe(count);
});
