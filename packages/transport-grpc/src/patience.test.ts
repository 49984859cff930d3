import { expect, test } from '@jest/globals';

import { afterRunning } from './patience.js';

const TURNS = 3; // in which timers that are due fire; fewer than the steps of which patience is made

const blockFor = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until; );
};

test('patience ends after its time, not before', async () => {
  const startedAt = performance.now();
  const alive = setInterval(() => {}, 1_000); // patience alone keeps no process running
  await new Promise<void>((resolve) => afterRunning(60, resolve));
  clearInterval(alive);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(50);
});

test('a pause of the whole process does not use patience up', async () => {
  let ended = false;
  const stop = afterRunning(200, () => {
    ended = true;
  });
  blockFor(300);
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  stop();
});

test('patience that is stopped does not end', async () => {
  const ended: string[] = [];
  afterRunning(10, () => ended.push('stopped'))();
  const alive = setInterval(() => {}, 1_000);
  await new Promise<void>((resolve) => {
    afterRunning(20, () => {
      ended.push('longer');
      resolve();
    });
  });
  clearInterval(alive);
  expect(ended).toEqual(['longer']);
});
