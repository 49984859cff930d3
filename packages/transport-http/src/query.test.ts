import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { queryValue } from './query.js';

test('a value is read back that a form has encoded, wherever it stands', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (before, value) => {
      const form = new URLSearchParams([
        ['other', before],
        ['key', value],
        ['key', 'not this'],
      ]);
      expect(queryValue(form.toString(), 'key')).toBe(value);
      expect(queryValue(`key=${encodeURIComponent(value)}`, 'key')).toBe(value);
    }),
  );
});

test('a plus is a space, and only the first equals sign ends a name', () => {
  expect(queryValue('key=a+b%2B=c', 'key')).toBe('a b+=c');
});

test('no value is told from an empty one', () => {
  expect(queryValue('', 'key')).toBeUndefined();
  expect(queryValue('keys=1&akey=2', 'key')).toBeUndefined();
  expect(queryValue('a=1&key', 'key')).toBe('');
  expect(queryValue('key=', 'key')).toBe('');
});

test('what is not UTF-8 is refused, not made another key', () => {
  expect(() => queryValue('key=%FF', 'key')).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});
