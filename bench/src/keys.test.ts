import { expect, test } from '@jest/globals';

import { KEY_BYTES, keyOf, keysOf, writeKey } from './keys.js';

test('a key is twenty bytes that end with its id', () => {
  expect(keyOf(0)).toBe('session:000000000000');
  expect(keyOf(9_876_543_210)).toBe('session:009876543210');
  expect(keysOf(3)).toEqual([keyOf(0), keyOf(1), keyOf(2)]);
});

test('a key is written where it was asked for and nowhere else', () => {
  const into = Buffer.alloc(3 * KEY_BYTES, 1);
  writeKey(42, into, KEY_BYTES);
  expect(into.toString('latin1', KEY_BYTES, 2 * KEY_BYTES)).toBe(keyOf(42));
  expect(into[KEY_BYTES - 1]).toBe(1);
  expect(into[2 * KEY_BYTES]).toBe(1);
});
