import { expect, test } from '@jest/globals';

import { restartDelayMs } from './member-process.js';

test('a member that ends again and again is started later and later, but never later than after 10 s', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 2_000].map((failures) => restartDelayMs(failures, 1));
  expect(longest).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  expect(restartDelayMs(6, 0)).toBe(5_000);
});
