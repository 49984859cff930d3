import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

import { readClock } from './clock.js';

const MS = 1e6; // in ns
const TICK = 10 * MS; // the kernel brings a running thread's figures up to date at its timer's ticks, 100 a second at least
const onLinux = existsSync('/proc/thread-self/schedstat') ? test : test.skip;

function workUntil(done: () => boolean): void {
  while (!done());
}

test('the wall clock is that of the system, in nanoseconds', () => {
  const [outerStart, start, innerStart] = [performance.now(), readClock('wall'), performance.now()];
  workUntil(() => performance.now() > innerStart + 20);
  const [innerEnd, end, outerEnd] = [performance.now(), readClock('wall'), performance.now()];
  const ns = Math.round(end - start);
  expect(ns).toBeGreaterThanOrEqual(Math.floor((innerEnd - innerStart) * MS));
  expect(ns).toBeLessThanOrEqual(Math.ceil((outerEnd - outerStart) * MS));
});

test('the cpu clock is the time on a CPU, not that of waiting for one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  try {
    const schedstat = join(folder, 'schedstat');
    writeFileSync(schedstat, '1234567 89 10\n');
    expect(readClock('cpu', schedstat)).toBe(1_234_567);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

onLinux(
  'the cpu clock goes on while the thread works, in nanoseconds, and no faster than this process uses CPUs (needs /proc/thread-self/schedstat)',
  () => {
    const used = process.cpuUsage();
    const start = readClock('cpu');
    workUntil(() => readClock('cpu') - start >= 50 * MS);
    const ns = readClock('cpu') - start;
    const { user, system } = process.cpuUsage(used); // of all threads, in µs
    expect(ns).toBeLessThanOrEqual((user + system) * 1_000 + TICK);
  },
);

onLinux('the cpu clock stands still while the thread waits (needs /proc/thread-self/schedstat)', () => {
  const start = [readClock('wall'), readClock('cpu')] as const;
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(sleep, 0, 0, 200);
  const cpu = readClock('cpu') - start[1];
  const wall = readClock('wall') - start[0];
  expect(cpu).toBeLessThan(wall / 2); // however long the machine lets it wait, the rest is waiting
});
