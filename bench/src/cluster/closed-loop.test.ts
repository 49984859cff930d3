import { expect, test } from '@jest/globals';

import { keysOf } from '../keys.js';
import { closedLoop } from './closed-loop.js';
import { valueOfId } from './workload.js';

const keys = keysOf(4);
const ids = Uint32Array.of(0, 1, 2, 3);
const loop = { keys, ids, callers: 3, durationMs: 20, valueBytes: 8 };
const idOf = (key: string) => keys.indexOf(key);

test('as many callers as were asked for wait at a time, and each answer is counted', async () => {
  let waiting = 0;
  let most = 0;
  let answered = 0;
  const get = async (key: string) => {
    most = Math.max(most, ++waiting);
    await new Promise((resolve) => setImmediate(resolve));
    waiting--;
    answered++;
    return valueOfId(idOf(key), 8);
  };
  const { latencies, seconds } = await closedLoop({ ...loop, get });
  expect(most).toBe(3);
  expect(latencies.count).toBe(answered);
  expect(answered).toBeGreaterThan(3);
  expect(seconds).toBeGreaterThanOrEqual(0.02);
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
