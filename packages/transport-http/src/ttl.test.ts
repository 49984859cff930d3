import { expect, test } from '@jest/globals';

import { parseDuration, parseMilliseconds } from './ttl.js';

test.each([
  ['0s', 0],
  ['1500ms', 1_500],
  ['30s', 30_000],
  ['1.5h', 5_400_000],
  ['2m', 120_000],
  ['1d', 86_400_000],
])('the duration %s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '30', '-1s', '1e3s', ' 1s', '1 s', 's', '1w', '1S', 'Infinity'])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});

test('milliseconds are 0 or more, parts of one and Infinity among them', () => {
  expect(['0', '12.5', 'Infinity'].map((text) => parseMilliseconds('X', text))).toEqual([0, 12.5, Infinity]);
  for (const text of ['', '-1', 'NaN', '0x10', '1s', ' 1']) {
    expect(() => parseMilliseconds('X-Name', text)).toThrow(/X-Name/);
  }
});
