import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@ringcache/cache-core/testing';

import { type Rate, RateLimits } from './rate-limits.js';

function limits(perClient: Rate, groups: Record<string, Rate> = {}) {
  const clock = new ManualClock();
  const perGroup = (group: string) => groups[group] ?? { perSecond: 0 };
  return { clock, rates: new RateLimits({ clock, perClient, perGroup }) };
}

describe('rate limits', () => {
  test('of a client are its own', () => {
    const { rates } = limits({ perSecond: 10, burst: 2 });
    expect([1, 2, 3].map(() => rates.take('a', 'g', 1))).toEqual([0, 0, 100]);
    expect(rates.take('b', 'g', 1)).toBe(0);
  });

  test('of a group are shared by all clients, and other groups have theirs', () => {
    const { rates } = limits({ perSecond: 0 }, { g: { perSecond: 10, burst: 2 } });
    expect(['a', 'b', 'c'].map((client) => rates.take(client, 'g', 1))).toEqual([0, 0, 100]);
    expect(rates.take('c', 'h', 1_000_000)).toBe(0);
  });

  test('say when to come again, and keep that', async () => {
    const { clock, rates } = limits({ perSecond: 10, burst: 5 });
    expect(rates.take('a', 'g', 5)).toBe(0);
    const waitMs = rates.take('a', 'g', 3);
    expect(waitMs).toBe(300);
    await clock.advance(waitMs - 1);
    expect(rates.take('a', 'g', 3)).toBeCloseTo(1);
    await clock.advance(1);
    expect(rates.take('a', 'g', 3)).toBe(0);
  });

  test('what is refused by one takes nothing from the other', () => {
    const { rates } = limits({ perSecond: 10, burst: 1 }, { g: { perSecond: 1, burst: 1 } });
    expect(rates.take('a', 'g', 1)).toBe(0);
    expect(rates.take('b', 'g', 1)).toBe(1_000);
    expect(rates.take('b', 'h', 1)).toBe(0);
  });

  test('more keys at once than the burst are let in when it is full, and paid for afterwards', async () => {
    const { clock, rates } = limits({ perSecond: 10, burst: 5 });
    expect(rates.take('a', 'g', 20)).toBe(0);
    expect(rates.take('a', 'g', 1)).toBe(1_600);
    await clock.advance(1_600);
    expect(rates.take('a', 'g', 1)).toBe(0);
  });

  test('a burst is a second of the rate where nothing is said, and one at least', () => {
    expect(limits({ perSecond: 3 }).rates.take('a', 'g', 3)).toBe(0);
    const { rates } = limits({ perSecond: 0.5 });
    expect([rates.take('a', 'g', 1), rates.take('a', 'g', 1)]).toEqual([0, 2_000]);
  });

  test('a client that was long not seen is forgotten first', () => {
    const { rates } = limits({ perSecond: 1, burst: 1 });
    rates.take('old', 'g', 1);
    rates.take('busy', 'g', 1);
    for (let i = 0; i < 9_999; i++) {
      rates.take(`client ${i}`, 'g', 1);
      rates.take('busy', 'g', 1);
    }
    expect(rates.take('busy', 'g', 1)).toBeGreaterThan(0);
    expect(rates.take('old', 'g', 1)).toBe(0);
  });
});
