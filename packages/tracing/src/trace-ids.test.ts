import { expect, test } from '@jest/globals';
import { isSampled, parseTrace } from '@ringcache/cache-core';

import { unsampledParent } from './trace-ids.js';

test('a context that nobody records is one, is not sampled, and is new each time', () => {
  const parents = Array.from({ length: 1_000 }, () => unsampledParent());
  expect(new Set(parents).size).toBe(1_000);
  for (const parent of parents) {
    expect(parseTrace(parent)).toEqual({ traceparent: parent, tracestate: '' });
    expect(isSampled(parent)).toBe(false);
  }
});

test.each([0, 1 - 2 ** -53])('and has no id of zeros, where chance gives %p all the time', (chance) => {
  expect(parseTrace(unsampledParent(() => chance))).toBeDefined();
});
