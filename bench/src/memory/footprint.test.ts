import { afterEach, expect, jest, test } from '@jest/globals';

import { KEY_BYTES } from '../keys.js';
import { footprint, type Memory, settled } from './footprint.js';

const VALUE_BYTES = 64;
const sizes = { entries: 2_000, evictions: 2_000 };

/** Weighs this much the first time, and so on. */
function scales(...readings: Memory[]): () => Promise<Memory> {
  return async () => readings.shift()!;
}

const readings = [
  { counted: 1_000_000, resident: 9_000_000 },
  { counted: 1_100_000, resident: 9_400_000 },
  { counted: 1_120_000, resident: 9_600_000 },
];

afterEach(() => void jest.restoreAllMocks());

test('an entry costs what the process takes more than before the cache, filled and after evictions', async () => {
  expect(await footprint({ contender: 'ringcache-growing', ...sizes }, scales(...readings))).toEqual({
    filled: { counted: 50, resident: 200 },
    churned: { counted: 60, resident: 300 },
    held: expect.closeTo(1, 1),
  });
});

test('a cache that copies is not charged for keys and values, nor counted where Node counts in part', async () => {
  const copied = KEY_BYTES + VALUE_BYTES;
  expect(await footprint({ contender: 'ringcache-slabs', ...sizes }, scales(...readings))).toEqual({
    filled: { counted: null, resident: 200 - copied },
    churned: { counted: null, resident: 300 - copied },
    held: expect.closeTo(1, 1),
  });
});

test('a process is weighed when full collections are done: its heap and its buffers, and its resident memory', async () => {
  const done: string[] = [];
  const before = global.gc;
  global.gc = (() => void done.push('collected')) as unknown as typeof global.gc;
  try {
    jest.spyOn(process, 'memoryUsage').mockImplementation((() => {
      done.push('weighed');
      return { heapUsed: 100, arrayBuffers: 20, rss: 1_000, heapTotal: 500, external: 30 };
    }) as typeof process.memoryUsage);
    expect(await settled()).toEqual({ counted: 120, resident: 1_000 });
    expect(done).toEqual(['collected', 'collected', 'collected', 'weighed']);
  } finally {
    global.gc = before;
  }
});
