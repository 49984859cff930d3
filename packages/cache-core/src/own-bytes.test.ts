import { expect, test } from '@jest/globals';

import { ownBytes } from './own-bytes.js';

test.each([0, 4, 64, 65, 5000])('%i bytes of a large message do not keep the message alive', (length) => {
  const message = new Uint8Array(1_000_000).fill(7);
  for (const at of [0, 10]) {
    const own = ownBytes(message.subarray(at, at + length));
    expect(own).toEqual(new Uint8Array(length).fill(7));
    expect(own.buffer.byteLength).toBe(length);
  }
});

test('large bytes that fill their buffer are not copied', () => {
  const value = new Uint8Array(65);
  expect(ownBytes(value)).toBe(value);
});
