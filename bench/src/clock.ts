// Two ways to say how long something took. On a machine that does nothing else the wall clock is right: it has the waiting
// for the collector's threads in it. On a busy one it has the neighbours in it too; then what the kernel charged this thread
// for (Linux only) is nearer the truth, though memory and caches are still shared with them.

import { readFileSync } from 'node:fs';

export const CLOCKS = ['wall', 'cpu'] as const;

export type Clock = (typeof CLOCKS)[number];

const SCHEDSTAT = '/proc/thread-self/schedstat'; // its first figure is the thread's time on a CPU in ns

/**
 * Nanoseconds from any beginning.
 * @param schedstat the file that `cpu` reads.
 * @throws {Error} for `cpu` where there is no {@link SCHEDSTAT}.
 */
export function readClock(clock: Clock, schedstat = SCHEDSTAT): number {
  if (clock === 'wall') return Number(process.hrtime.bigint());
  const [onCpu] = readFileSync(schedstat, 'utf8').split(' ');
  return Number(onCpu);
}
