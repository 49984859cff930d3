import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { jsonBytes, printable, printableBytes } from './printable.js';

test('letters of any writing stay as they are', () => {
  for (const text of ['张三', 'Ünïcödé', 'a b/c?d=1', '🙂']) expect(printable(text)).toBe(text);
});

test('what a terminal would act on is spelled out', () => {
  expect(printable('\x1b]0;title\x07')).toBe('\\u{1b}]0;title\\u{7}');
  expect(printable('a\tb\r\nc\u202ed\u2028\x9b31m')).toBe('a\\tb\\r\\nc\\u{202e}d\\u{2028}\\u{9b}31m');
});

test('no text at all makes a control character', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(printable(text))));
});

test('what is long is cut', () => {
  expect(printable('abcdef', 4)).toBe('abc…');
});

test('bytes that are no text are shown in hex, and told to programs in base64', () => {
  const bytes = Buffer.from([0xff, 0x00]);
  expect([printableBytes(bytes), jsonBytes(bytes)]).toEqual(['0xff00', { valueBase64: '/wA=' }]);
  expect([printableBytes(Buffer.from('ü')), jsonBytes(Buffer.from('ü'))]).toEqual(['ü', { value: 'ü' }]);
});
