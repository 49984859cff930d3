import { expect, test } from '@jest/globals';

import { keysOf } from '../keys.js';
import { closedLoop } from './closed-loop.js';
import { valueOfId } from './workload.js';

const keys = keysOf(4);
const ids = Uint32Array.of(0, 1, 2, 3);
const loop = { keys, ids, callers: 3, durationMs: 20, valueBytes: 8 };
const idOf = (key: string) => keys.indexOf(key);

test('as many callers as were asked for wait at a time until the time is up, and each answer is counted', async () => {
  let waiting = 0;
  let most = 0;
  let answered = 0; // one a millisecond
  const get = async (key: string) => {
    most = Math.max(most, ++waiting);
    await new Promise((resolve) => setImmediate(resolve));
    waiting--;
    answered++;
    return valueOfId(idOf(key), 8);
  };
  const { latencies, seconds } = await closedLoop({ ...loop, get, now: () => answered });
  expect(most).toBe(3);
  expect(answered).toBe(20 + 2); // two were on their way
  expect(latencies.count).toBe(answered);
  expect([0, 50, 100].map((percentile) => latencies.percentileMs(percentile))).toEqual([1, 3, 3]);
  expect(seconds).toBe(0.022);
});

test('each caller asks once though the time was up before it began', async () => {
  let ms = 0;
  const get = async (key: string) => valueOfId(idOf(key), 8);
  const { latencies, seconds } = await closedLoop({ ...loop, get, now: () => (ms += 100) });
  expect(latencies.count).toBe(3);
  expect(seconds).toBeGreaterThan(0);
});

test.each([
  ['another key’s', (key: string) => valueOfId(idOf(key) + 1, 8)],
  ['longer', (key: string) => valueOfId(idOf(key), 9)],
])('a value that is %s ends the loop with an error', async (_, value) => {
  await expect(closedLoop({ ...loop, get: async (key) => value(key) })).rejects.toThrow(/not the one that was put/);
});

test('a get that fails ends all callers', async () => {
  let asked = 0;
  const get = async () => {
    asked++;
    throw new Error('it is not there');
  };
  await expect(closedLoop({ ...loop, get })).rejects.toThrow('it is not there');
  expect(asked).toBe(3);
});
