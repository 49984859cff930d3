import { afterEach, expect, jest, test } from '@jest/globals';

import { checkValue } from '../cluster/workload.js';
import { newKeys } from './timed-groups.js';

const { default: origin } = (await import(new URL('./timed-origin.mjs', import.meta.url).pathname)) as {
  default: (key: string) => Promise<Uint8Array>;
};

afterEach(() => void jest.useRealTimers());

test('a key is new each time, and the origin takes as long as it says and answers with as many bytes that tell so', async () => {
  jest.useFakeTimers();
  const newKey = newKeys(64);
  const keys = [newKey(2_000), newKey(2_000), newKey(1)];
  expect(new Set(keys).size).toBe(3);

  const answered: string[] = [];
  const values = keys.map(async (key) => {
    const value = await origin(key);
    answered.push(key);
    return value;
  });
  await jest.advanceTimersByTimeAsync(1);
  expect(answered).toEqual([keys[2]]);
  await jest.advanceTimersByTimeAsync(1_998);
  expect(answered).toEqual([keys[2]]);
  await jest.advanceTimersByTimeAsync(1);
  expect(answered).toEqual([keys[2], keys[0], keys[1]]);

  const [slow, , quick] = await Promise.all(values);
  checkValue(slow!, 2_000, 64);
  checkValue(quick!, 1, 64);
  expect(() => checkValue(quick!, 2_000, 64)).toThrow('not the one that was put there');
});
