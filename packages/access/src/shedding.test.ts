import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@ringcache/cache-core/testing';

import { Shedding } from './shedding.js';

const TARGET_MS = 50;

function shedding() {
  const clock = new ManualClock();
  let i = 0;
  const random = () => (i++ % 100) / 100; // each hundredth once
  const made = new Shedding({ clock, random, targetMs: TARGET_MS });
  const refusedOf100 = () => Array.from({ length: 100 }, () => made.refuses()).filter(Boolean).length;
  /** So many intervals in which each request waits so long. */
  const wait = async (queueMs: number, intervals: number) => {
    for (let done = 0; done < intervals * 5; done++) {
      await clock.advance(20);
      made.observe(queueMs);
    }
  };
  return { clock, made, refusedOf100, wait };
}

describe('load shedding', () => {
  test('refuses nothing while requests wait no longer than the target', async () => {
    const { made, refusedOf100, wait } = shedding();
    made.close();
    await wait(TARGET_MS, 50);
    expect(refusedOf100()).toBe(0);
  });

  test('refuses more from interval to interval while they all wait longer, but never everything', async () => {
    const { made, refusedOf100, wait } = shedding();
    made.close();
    await wait(TARGET_MS + 1, 2);
    const few = refusedOf100();
    await wait(TARGET_MS + 1, 3);
    const more = refusedOf100();
    await wait(TARGET_MS + 1, 50);
    expect(few).toBeGreaterThan(0);
    expect(more).toBeGreaterThan(few);
    expect(refusedOf100()).toBe(95);
    expect(made.retryAfterMs).toBeGreaterThan(100);
  });

  test('takes all again within a second after the queue is short', async () => {
    const { made, refusedOf100, wait } = shedding();
    made.close();
    await wait(500, 50);
    await wait(0, 10);
    expect(refusedOf100()).toBe(0);
  });

  test('a queue that is short now and then is a burst, which is let through', async () => {
    const { made, refusedOf100, wait } = shedding();
    made.close();
    for (let i = 0; i < 30; i++) {
      await wait(500, 0.8);
      await wait(1, 0.2);
    }
    expect(refusedOf100()).toBe(0);
  });

  test('one long pause is not a queue', async () => {
    const { clock, made, refusedOf100 } = shedding();
    made.close();
    await clock.advance(700);
    made.observe(680);
    expect(refusedOf100()).toBe(0);
  });

  test('watches how late the event loop is by itself, until it is closed', async () => {
    const { clock, made, refusedOf100 } = shedding();
    for (let i = 0; i < 100; i++) {
      clock.jump(100); // as if a callback had blocked for so long
      await clock.advance(0);
    }
    expect(refusedOf100()).toBeGreaterThan(0);
    made.close();
    expect(clock.pending).toBe(0);
  });
});
