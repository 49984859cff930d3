import { expect, test } from '@jest/globals';

import { etagOf, namesTag } from './etag.js';

test('a tag is that of the bytes, whatever holds them', () => {
  const bytes = Buffer.from('..value..');
  expect(etagOf(bytes.subarray(2, 7))).toBe(etagOf(new Uint8Array(Buffer.from('value'))));
  expect(etagOf(Buffer.from('value'))).not.toBe(etagOf(Buffer.from('other')));
  expect(etagOf(new Uint8Array(0))).toMatch(/^"[\w-]{22}"$/);
});

test.each([
  ['"abc"', true],
  ['W/"abc"', true],
  ['"x", "abc"', true],
  [' * ', true],
  ['"ab"', false],
  ['abc', false],
  ['"xabc"', false],
  ['', false],
  [undefined, false],
])('If-None-Match %j names "abc": %s', (header, named) => {
  expect(namesTag(header, '"abc"')).toBe(named);
});
