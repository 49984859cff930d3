import { expect, test } from '@jest/globals';

import { bytesOfBase64, previewOf, visible } from './preview.js';

const utf8 = (text: string) => new TextEncoder().encode(text);

test('text is shown as it is, markup and all', () => {
  expect(previewOf(utf8('<b>张三</b>\n\tx'), false)).toEqual({ as: 'text', text: '<b>张三</b>\n\tx' });
});

test('a character that the preview cuts through does not make text binary, one that is broken does', () => {
  const cut = utf8('abc张').subarray(0, 5);
  expect(previewOf(cut, true)).toEqual({ as: 'text', text: 'abc' });
  expect(previewOf(cut, false).as).toBe('hex');
});

test.each([
  ['bytes that are no UTF-8', Uint8Array.from([0xff, 0xfe, 0x41])],
  ['control characters', utf8('\u0000abc\u001b[31m')],
])('%s are shown as hex', (_, bytes) => expect(previewOf(bytes, false).as).toBe('hex'));

test('hex has an offset, sixteen bytes a row, and what of them is ASCII', () => {
  const { text } = previewOf(
    Uint8Array.from({ length: 18 }, (_, i) => (i === 17 ? 0x41 : i * 16)),
    false,
  );
  expect(text).toBe(
    [
      '0000  00 10 20 30 40 50 60 70 80 90 a0 b0 c0 d0 e0 f0  .. 0@P`p........',
      `0010  00 41${' '.repeat(42)}  .A`,
    ].join('\n'),
  );
});

test('hex ends after 256 bytes', () => {
  expect(previewOf(new Uint8Array(1_024), true).text.split('\n')).toHaveLength(16);
});

test('base64 becomes the bytes that it was made of', () => {
  expect([...bytesOfBase64('AAH+/0E=')]).toEqual([0, 1, 254, 255, 65]);
});

test('what cannot be seen in a key is written out', () => {
  expect(visible('')).toBe('(the empty key)');
  expect(visible('a\u0000b\u202e\u2028')).toBe('a\\u{0}b\\u{202e}\\u{2028}');
  expect(visible('张三 <b>')).toBe('张三 <b>');
});
