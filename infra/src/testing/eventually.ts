import { setTimeout as sleep } from 'node:timers/promises';

const GIVE_UP_MS = 50_000;

/** Waits until a condition holds that no event tells of; fails after 50 s. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const start = performance.now(); !(await holds()); await sleep(20)) {
    if (performance.now() - start > GIVE_UP_MS) throw new Error(`after ${GIVE_UP_MS} ms still not: ${holds}`);
  }
}
