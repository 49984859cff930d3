import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fnv1Signed64 } from './fnv1-64.js';

test('two halves give what one bigint gives', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      let expected = 0xcbf29ce484222325n;
      for (const byte of bytes) expected = BigInt.asUintN(64, expected * 0x100000001b3n) ^ BigInt(byte);
      expect(fnv1Signed64(bytes)).toBe(BigInt.asIntN(64, expected));
    }),
  );
});

test('the last byte reaches the lowest 8 bits only', () => {
  const difference = fnv1Signed64(Buffer.from('student:1')) ^ fnv1Signed64(Buffer.from('student:2'));
  expect(difference).toBe(3n); // '1' ^ '2'
});
