import { expect, test } from '@jest/globals';

import { isRequestId, newRequestId } from './request-id.js';

test('an id is what a header and a log line carry unharmed', () => {
  expect(['a', 'req 1/~', 'x'.repeat(128)].every(isRequestId)).toBe(true);
  expect(['', 'x'.repeat(129), 'a\nb', 'a\tb', 'é', '张', '\x7f'].some(isRequestId)).toBe(false);
});

test('new ids are valid and differ', () => {
  const ids = Array.from({ length: 1_000 }, newRequestId);
  expect(new Set(ids).size).toBe(1_000);
  expect(ids.every(isRequestId)).toBe(true);
});
