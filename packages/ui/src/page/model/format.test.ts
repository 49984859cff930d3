import { expect, test } from '@jest/globals';

import { and, bytes, count, cut, milliseconds, percent, rate, span, UNKNOWN } from './format.js';

test.each([
  [count(0), '0'],
  [count(9_999_999), '9,999,999'],
  [count(12_345_678), '12.3 M'],
  [rate(undefined), UNKNOWN],
  [rate(0), '0'],
  [rate(0.25), '0.3'],
  [rate(99.94), '99.9'],
  [rate(12_345), '12,345'],
  [rate(123_456), '123.5 k'],
  [percent(undefined), UNKNOWN],
  [percent(0.3333), '33.3 %'],
  [percent(1), '100.0 %'],
  [bytes(0), '0 B'],
  [bytes(1_023), '1,023 B'],
  [bytes(1_024), '1.0 KiB'],
  [bytes(150 * 1_024), '150 KiB'],
  [bytes(2 ** 50), '1,024 TiB'],
  [milliseconds(undefined), UNKNOWN],
  [milliseconds(0.4), '0.4 ms'],
  [milliseconds(250), '250 ms'],
  [milliseconds(12_340), '12.3 s'],
  [span(-5), '0 ms'],
  [span(999), '999 ms'],
  [span(59_999), '59 s'],
  [span(60_000), '1 min'],
  [span(90_500), '1 min 30 s'],
  [span(3 * 86_400_000 + 4 * 3_600_000), '3 d 4 h'],
  [and([]), ''],
  [and(['a']), 'a'],
  [and(['a', 'b', 'c']), 'a, b and c'],
])('%s is %s', (told, wanted) => expect(told).toBe(wanted));

test('a text is cut between characters, never through one', () => {
  expect(cut('short', 5)).toBe('short');
  expect(cut('longer', 5)).toBe('long…');
  expect(cut('😀😀😀😀', 3)).toBe('😀😀…');
  expect(cut('😀😀😀', 3)).toBe('😀😀😀');
});
