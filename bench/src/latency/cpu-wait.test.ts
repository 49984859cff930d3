import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import { cpuWaitsMs, mostWaited } from './cpu-wait.js';

const NOBODY = 2 ** 22 + 1; // above the highest process id that Linux gives
const telling = existsSync('/proc/self/schedstat') ? test : test.skip;

telling('each process tells how long it has waited, which never shrinks (needs /proc/self/schedstat)', () => {
  const [before] = cpuWaitsMs([process.pid])!;
  const [after] = cpuWaitsMs([process.pid])!;
  expect(before).toBeGreaterThanOrEqual(0);
  expect(after).toBeGreaterThanOrEqual(before!);
});

test('a process that has ended tells nothing, and is no failure', () => {
  expect(cpuWaitsMs([process.pid, NOBODY])).toBeUndefined();
});

test('the one that waited most counts, as a share of the time', () => {
  expect(mostWaited([100, 5], [110, 55], 200)).toBe(0.25);
  expect(mostWaited(undefined, [1], 200)).toBeUndefined();
  expect(mostWaited([1], undefined, 200)).toBeUndefined();
});
