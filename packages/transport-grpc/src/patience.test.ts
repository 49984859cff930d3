import { expect, test } from '@jest/globals';

import { afterRunning } from './patience.js';

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
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ended).toBe(false);
  stop();
});

test('patience that is stopped does not end', async () => {
  let ended = false;
  afterRunning(10, () => {
    ended = true;
  })();
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(ended).toBe(false);
});
