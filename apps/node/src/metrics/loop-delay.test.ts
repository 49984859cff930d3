import { expect, test } from '@jest/globals';

import { LoopDelay } from './loop-delay.js';

const BLOCKED_MS = 300;

test('an event loop that stood still is told as such', async () => {
  const delay = new LoopDelay();
  try {
    const until = performance.now() + BLOCKED_MS;
    while (performance.now() < until);
    while (delay.read().count === 0) await new Promise((resolve) => setImmediate(resolve));
    const { sum, bounds, cumulative, count } = delay.read();
    expect(sum).toBeGreaterThan(0.2);
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
  await new Promise((resolve) => setTimeout(resolve, 120)); // two more would have come
  expect(delay.read().count).toBe(count);
});
