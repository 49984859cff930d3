import { expect, test } from '@jest/globals';
import { hashString } from '@ringcache/engine';

import { Popularity } from './popularity.js';
import { ManualClock } from './testing/manual-clock.js';

const MIB = 1024 * 1024;
const SEED = 1;

function start({ hotTtlMs = 10_000, hotBytes = 8 * MIB } = {}) {
  const clock = new ManualClock();
  const popularity = new Popularity({ clock, hotTtlMs, hotBytes });
  return {
    ask: (key: string) => popularity.count(hashString(key, SEED)),
    pass: (ms: number) => {
      clock.jump(ms);
      popularity.age();
    },
  };
}

test('counts a key exactly while few are counted, up to 255', () => {
  const { ask } = start();
  expect([1, 2, 3].map(() => ask('k'))).toEqual([1, 2, 3]);
  expect(ask('other')).toBe(1);
  for (let i = 0; i < 300; i++) ask('k');
  expect(ask('k')).toBe(255);
});

test('a count is worth half after two lives of a copy, however little is asked for meanwhile', () => {
  const { ask, pass } = start({ hotTtlMs: 10_000 });
  for (let i = 0; i < 100; i++) ask('k');
  pass(19_999);
  expect(ask('k')).toBe(101);
  pass(1);
  expect(ask('k')).toBe(51);
});

test('what was popular an hour ago on a group that was idle since is not so now', () => {
  const { ask, pass } = start();
  for (let i = 0; i < 255; i++) ask('once popular');
  pass(3_600_000);
  expect(ask('once popular')).toBe(1);
});

test('halvings that fell due between two looks are all made, and the next is due when it was', () => {
  const { ask, pass } = start({ hotTtlMs: 1_000 });
  for (let i = 0; i < 64; i++) ask('k');
  pass(7_000); // three, and half a period
  expect(ask('k')).toBe(9);
  pass(1_000);
  expect(ask('k')).toBe(5);
});

test('forgets what is asked for no more among many other keys, with no time passed', () => {
  const { ask } = start();
  for (let i = 0; i < 200; i++) ask('once popular');
  for (let i = 0; i < 200_000; i++) ask(`k${i}`);
  expect(ask('once popular')).toBeLessThan(30);
});

test.each([0, MIB / 8, 8 * MIB, 128 * MIB])(
  'of keys that are asked for once, hardly one looks as if it were asked for twice, with %d bytes',
  (hotBytes) => {
    const { ask } = start({ hotBytes });
    let mistaken = 0;
    for (let i = 0; i < 300_000; i++) if (ask(`k${i}`) > 1) mistaken++;
    expect(mistaken / 300_000).toBeLessThan(0.06);
  },
);

test('rare keys stay rare beside popular ones that share counters with them', () => {
  const { ask } = start();
  for (let round = 0; round < 20; round++) for (let i = 0; i < 2_000; i++) ask(`popular${i}`);
  let mistaken = 0;
  for (let i = 0; i < 10_000; i++) if (ask(`rare${i}`) > 1) mistaken++;
  expect(mistaken / 10_000).toBeLessThan(0.01);
});

test('with memory for many copies, knows many keys that are popular among many that are not', () => {
  const { ask } = start({ hotBytes: 8 * MIB });
  const popular = Array.from({ length: 8_000 }, (_, i) => `popular${i}`);
  let others = 0;
  let known = 0;
  for (let round = 1; round <= 3; round++) {
    for (const key of popular) {
      if (ask(key) >= 3) known++;
      ask(`other${others++}`);
    }
  }
  expect(known).toBeGreaterThan(0.9 * popular.length);
});
