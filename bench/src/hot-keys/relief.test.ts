import { expect, test } from '@jest/globals';

import { reliefOf } from './relief.js';

test('the busiest owner is held against the others', () => {
  expect(reliefOf([10, 40, 30], 160)).toEqual({
    busiest: 40,
    busiestShare: 0.5,
    maxOverMean: 1.5,
    fetchesPerGet: 0.5,
  });
});

test('where nobody is asked, nobody is busy', () => {
  expect(reliefOf([0, 0], 7)).toEqual({ busiest: 0, busiestShare: 0, maxOverMean: 0, fetchesPerGet: 0 });
});
