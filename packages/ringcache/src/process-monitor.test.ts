import { expect, jest, test } from '@jest/globals';
import { systemClock } from '@ringcache/cache-core';
import { ManualClock } from '@ringcache/cache-core/testing';

import { ProcessMonitor } from './process-monitor.js';

/** A clock on which the loop can be held up: time passes, and nothing that is due is called. */
class HeldClock extends ManualClock {
  lateByMs = 0;

  override now(): number {
    return super.now() + this.lateByMs;
  }
}

test('tells how late the event loop was within the last ten seconds, and forgets what was before', async () => {
  const clock = new HeldClock();
  const monitor = new ProcessMonitor({ clock });
  await clock.advance(5_000);
  expect(monitor.report().eventLoopDelayMs).toEqual({ p50: 0, p99: 0, max: 0 });
  clock.lateByMs = 300; // from here on the loop stands still for so long
  await clock.advance(20);
  expect(monitor.report().eventLoopDelayMs).toMatchObject({ p50: 0, max: 300 });
  await clock.advance(9_000);
  expect(monitor.report().eventLoopDelayMs.max).toBe(300);
  await clock.advance(2_000);
  expect(monitor.report().eventLoopDelayMs).toEqual({ p50: 0, p99: 0, max: 0 });
  monitor.close();
});

test('of the CPU it tells the last ten seconds', async () => {
  const clock = new ManualClock();
  let busy = 0;
  let counted = 0;
  let at = clock.now();
  const cpuMs = () => {
    counted += busy * (clock.now() - at);
    at = clock.now();
    return counted;
  };
  const monitor = new ProcessMonitor({ clock, cpuMs });
  expect(monitor.report().cpu).toBe(0);
  busy = 0.5;
  await clock.advance(4_000);
  expect(monitor.report().cpu).toBeCloseTo(0.5, 1);
  busy = 1;
  await clock.advance(30_000);
  expect(monitor.report().cpu).toBeCloseTo(1, 1);
  monitor.close();
});

test('on the real clock it tells of this process', async () => {
  const monitor = new ProcessMonitor({ clock: systemClock });
  while (monitor.report().cpu === 0) await new Promise((resolve) => setImmediate(resolve));
  const told = { ...process.memoryUsage(), rss: 3_000_000, heapUsed: 2_000_000 };
  const memoryUsage = jest.spyOn(process, 'memoryUsage').mockReturnValue(told);
  expect(monitor.report()).toMatchObject({ pid: process.pid, rssBytes: 3_000_000, heapBytes: 2_000_000 });
  memoryUsage.mockRestore();
  monitor.close();
});
