import { afterEach, describe, expect, test } from '@jest/globals';

import { Deadlines } from './deadlines.js';

const open: Deadlines[] = [];
afterEach(() => {
  for (const deadlines of open.splice(0)) deadlines.stop();
});

/** Deadlines by name; ends when `count` of them have been noticed. */
function watch(count: number) {
  const waiting = new Map<string, number>();
  const noticed: { name: string; lateMs: number }[] = [];
  let looks = 0;
  let finish = () => {};
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const deadlines = new Deadlines((now) => {
    looks++;
    let earliest = Number.POSITIVE_INFINITY;
    for (const [name, at] of [...waiting].sort(([, a], [, b]) => a - b)) {
      if (at > now) earliest = Math.min(earliest, at);
      else {
        waiting.delete(name);
        noticed.push({ name, lateMs: now - at });
      }
    }
    if (noticed.length === count) finish();
    return earliest;
  });
  open.push(deadlines);
  const add = (name: string, inMs: number, now = performance.now()) => {
    waiting.set(name, now + inMs);
    deadlines.add(now + inMs, now);
  };
  return { deadlines, add, all, noticed, looks: () => looks };
}

describe('deadlines', () => {
  test('are noticed in their order, never early, an earlier one that comes later too', async () => {
    const { add, all, noticed } = watch(2);
    add('in an hour', 3_600_000);
    add('early', 20);
    add('middle', 70);
    await all;
    expect(noticed.map(({ name }) => name)).toEqual(['early', 'middle']);
    for (const { lateMs } of noticed) expect(lateMs).toBeGreaterThanOrEqual(0);
  });

  test('that lie together take few looks', async () => {
    const { add, all, looks } = watch(1000);
    const now = performance.now();
    for (let i = 0; i < 1000; i++) add(`${i}`, 20 + i / 100, now);
    await all;
    expect(looks()).toBeLessThanOrEqual(6);
  });

  test('beyond what a timer of Node can hold do not fire at once', async () => {
    const { add, all, looks } = watch(1);
    add('in a year', 365 * 24 * 3_600_000);
    expect(looks()).toBe(0);
    add('soon', 5);
    await all;
    expect(looks()).toBeLessThanOrEqual(2);
  });
});
