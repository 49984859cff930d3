import { expect, test } from '@jest/globals';

import { cutText } from './cut-text.js';

test('what is short stays whole, and what is long is cut between characters', () => {
  expect(cutText('张三', 2)).toBe('张三');
  expect(cutText('abc', 2)).toBe('ab');
  expect(cutText('a😀b', 3)).toBe('a😀');
  expect(cutText('a😀b', 2)).toBe('a'); // else it would end with half of it, which no URL can carry
  expect(cutText('', 0)).toBe('');
});
