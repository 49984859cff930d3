import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import { CLOCKS, readClock } from './clock.js';

const clocks = CLOCKS.filter((clock) => clock === 'wall' || existsSync('/proc/thread-self/schedstat'));

test.each(clocks)('the %s clock goes on while the thread works, in nanoseconds', (clock) => {
  const start = readClock(clock);
  for (const end = performance.now() + 50; performance.now() < end; );
  const ns = readClock(clock) - start;
  expect(ns).toBeGreaterThan(0);
  expect(ns).toBeLessThan(20e9);
});

test.each(clocks.filter((clock) => clock === 'cpu'))(
  'the %s clock stands still while the thread waits',
  async (clock) => {
    const start = readClock(clock);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(readClock(clock) - start).toBeLessThan(100e6);
  },
);
