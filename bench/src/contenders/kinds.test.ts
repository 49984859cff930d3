import { expect, test } from '@jest/globals';

import { keyOf, keysOf } from '../keys.js';
import { CONTENDER_NAMES, kindOf } from './kinds.js';

const room = { entries: 2_000, keyBytes: 20, valueBytes: 64 };
const value = new Uint8Array(64).fill(7);
const caches = CONTENDER_NAMES.filter((name) => name !== 'none' && name !== 'map');

test.each(caches)('%s gives back what was set, by string and by bytes', (name) => {
  const cache = kindOf(name).make(room);
  cache.set(keyOf(1), value);
  expect(cache.get(keyOf(1))).toEqual(value);
  expect(cache.getBytes(Buffer.from(keyOf(1)))).toEqual(value);
  expect(cache.getBytes(Buffer.from(keyOf(2)))).toBeUndefined();
});

test.each(caches)('%s holds the entries there is room for, and at most twice as many', (name) => {
  const cache = kindOf(name).make(room);
  const keys = keysOf(5 * room.entries);
  for (const key of keys) cache.set(key, value);
  const held = keys.filter((key) => cache.get(key) !== undefined).length;
  expect(held).toBeGreaterThan(0.95 * room.entries);
  expect(held).toBeLessThanOrEqual(2 * room.entries);
});

test.each(CONTENDER_NAMES.filter((name) => kindOf(name).ttlPerEntry))(
  '%s takes a time to live for an entry',
  (name) => {
    const cache = kindOf(name).make(room);
    cache.setFor!(keyOf(1), value, 3);
    expect(cache.get(keyOf(1))).toHaveLength(value.length);
  },
);
