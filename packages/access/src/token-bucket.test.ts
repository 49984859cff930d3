import { expect, test } from '@jest/globals';
import { ManualClock } from '@ringcache/cache-core/testing';
import fc from 'fast-check';

import { TokenBucket } from './token-bucket.js';

test('lets a burst through at once, then so many a second', async () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ clock, ratePerSecond: 10, burst: 3 });
  expect([1, 2, 3, 4, 5].map(() => bucket.take())).toEqual([0, 0, 0, 100, 200]);
  await clock.advance(200);
  expect(bucket.take()).toBe(100);
  await clock.advance(10_000);
  expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([0, 0, 0, 100]); // no more is saved up than a burst
});

test('whatever the pauses, no stretch of time sees more than its rate and one burst', async () => {
  const pauses = fc.array(fc.nat(500), { maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(
      pauses,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (waits, rate, burst) => {
        const clock = new ManualClock();
        const bucket = new TokenBucket({ clock, ratePerSecond: rate, burst });
        const passed: number[] = [];
        for (const ms of waits) {
          await clock.advance(ms);
          passed.push(clock.now() + bucket.take());
        }
        for (let i = 0; i < passed.length; i++) {
          for (let j = i; j < passed.length; j++) {
            const allowed = burst + ((passed[j]! - passed[i]!) / 1_000) * rate;
            if (j - i + 1 > allowed + 1e-6) throw new Error(`${j - i + 1} passed where ${allowed} may`);
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});
