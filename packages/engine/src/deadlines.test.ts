import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { Deadlines } from './deadlines.js';

const DAY = 24 * 3600 * 1000;
const FOR_EVER = Number.POSITIVE_INFINITY;

function deadlinesFrom(start: number) {
  const time = { ms: start };
  return { time, deadlines: new Deadlines({ now: () => time.ms }, 4) };
}

describe('Deadlines', () => {
  test('ask no clock until one is set', () => {
    const deadlines = new Deadlines({ now: () => assert.fail('asked') }, 4);
    deadlines.set(1, FOR_EVER);
    expect([deadlines.hasExpired(1), deadlines.ttlAt(1), deadlines.areUsed]).toEqual([false, FOR_EVER, false]);
  });

  test.each([0, 0.75, 1e12, 2 ** 31, 2 ** 32 + 0.5])('are kept to the ms from %p on', (start) => {
    const { time, deadlines } = deadlinesFrom(start);
    for (const ttl of [1, 2, 1000, DAY]) {
      time.ms = start;
      deadlines.set(9, ttl);
      time.ms = start + ttl - 1;
      expect(deadlines.hasExpired(9)).toBe(false);
      time.ms = start + ttl;
      expect(deadlines.hasExpired(9)).toBe(true);
    }
  });

  test('outlive the 49 days that 32 bits last', () => {
    const { time, deadlines } = deadlinesFrom(0);
    deadlines.set(1, 20 * DAY);
    for (let day = 0; day < 500; day++) {
      time.ms = day * DAY;
      deadlines.set(2, 10 * DAY);
      deadlines.set(3 + day, 20 * DAY);
      expect(deadlines.hasExpired(2)).toBe(false);
      expect(deadlines.ttlAt(2)).toBe(10 * DAY);
      for (let earlier = 0; earlier <= day; earlier++)
        assert.equal(deadlines.hasExpired(3 + earlier), day - earlier >= 20);
      assert.equal(deadlines.hasExpired(1), day >= 20);
    }
  });

  test.each([24, 25, 100, 36_500])('may be %p days away, beside others that are not', (days) => {
    const { time, deadlines } = deadlinesFrom(123);
    deadlines.set(1, 1000);
    deadlines.set(2, days * DAY);
    expect(deadlines.ttlAt(2)).toBe(days * DAY);
    time.ms += 999;
    expect([1, 2].map((slot) => deadlines.hasExpired(slot))).toEqual([false, false]);
    time.ms += 1;
    expect([1, 2].map((slot) => deadlines.hasExpired(slot))).toEqual([true, false]);
    time.ms += days * DAY;
    expect(deadlines.hasExpired(2)).toBe(true);
  });

  test('expire as those of a Map do, whatever is set, freed and swept in whatever order', () => {
    const step = fc.record({
      act: fc.constantFrom('set', 'set', 'clear', 'wait', 'sweep'),
      slot: fc.integer({ min: 1, max: 12 }),
      ms: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const { time, deadlines } = deadlinesFrom(7);
        const model = new Map<number, number>();
        const isDue = (slot: number) => (model.get(slot) ?? FOR_EVER) <= time.ms;
        let sweepAt = 1;
        for (const { act, slot, ms } of steps) {
          if (act === 'set') {
            deadlines.set(slot, ms);
            model.set(slot, time.ms + ms);
          } else if (act === 'clear') {
            deadlines.clearAt(slot);
            model.delete(slot);
          } else if (act === 'wait') {
            time.ms += ms;
          } else {
            for (let i = 0; i < slot; i++) {
              assert.equal(deadlines.sweep(sweepAt), isDue(sweepAt));
              sweepAt = sweepAt === 12 ? 1 : sweepAt + 1;
            }
          }
          for (let each = 1; each <= 12; each++) assert.equal(deadlines.hasExpired(each), isDue(each));
        }
      }),
    );
  });
});

test('all that is there can be made to stay longer, beyond what 32 bits hold too', () => {
  const { time, deadlines } = deadlinesFrom(123);
  deadlines.set(1, 10);
  deadlines.set(2, 1000);
  deadlines.set(3, FOR_EVER);
  deadlines.set(4, 20 * DAY);
  time.ms += 10;
  deadlines.postpone(500);
  expect([1, 2, 3, 4].map((slot) => Math.round(deadlines.ttlAt(slot)))).toEqual([0, 1490, FOR_EVER, 20 * DAY + 490]);
  expect(deadlines.hasExpired(1)).toBe(true); // it had gone
  deadlines.postpone(20 * DAY);
  expect([2, 4].map((slot) => Math.round(deadlines.ttlAt(slot)))).toEqual([20 * DAY + 1490, 40 * DAY + 490]);
  time.ms += 20 * DAY + 1489;
  expect(deadlines.hasExpired(2)).toBe(false);
  time.ms += 1;
  expect(deadlines.hasExpired(2)).toBe(true);
});
