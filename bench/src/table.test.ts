import { expect, test } from '@jest/globals';

import { grouped, table } from './table.js';

test('names stand to the left and figures to the right', () => {
  expect(
    table(
      ['cache', 'ns'],
      [
        ['lru', '1,200.5'],
        ['a long name', '7'],
      ],
    ),
  ).toBe(
    [
      '| cache       |      ns |',
      '| ----------- | ------: |',
      '| lru         | 1,200.5 |',
      '| a long name |       7 |',
    ].join('\n'),
  );
});

test('a row that is short is filled up', () => {
  expect(table(['cache', 'ns'], [['lru']]).split('\n')[2]).toBe('| lru   |     |');
});

test('numbers are grouped by thousands with the digits asked for', () => {
  expect(grouped(1_234_567.89)).toBe('1,234,568');
  expect(grouped(1_234.5, 2)).toBe('1,234.50');
});
