import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { bytes, json, utf8 } from './codec.js';

describe('codecs', () => {
  test('bytes gives back the same bytes, uncopied', () => {
    const value = new Uint8Array([1, 2, 3]);
    expect(bytes.decode(bytes.encode(value))).toBe(value);
  });

  test('utf8 gives back every well-formed string', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => utf8.decode(utf8.encode(text)) === text));
    expect(utf8.decode(utf8.encode('\ufeff张三'))).toBe('\ufeff张三');
  });

  test('utf8 refuses bytes that are no UTF-8', () => {
    expect(() => utf8.decode(new Uint8Array([0xff]))).toThrow('not valid');
  });

  test('json gives back what JSON can say', () => {
    const codec = json<unknown>();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(codec.decode(codec.encode(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
