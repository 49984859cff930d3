import { expect, test } from '@jest/globals';
import { Command } from 'commander';

import { count, counts, some } from './flags.js';

test('counts are whole numbers from 1, as people write them', () => {
  expect([count('1e6'), count('1_000'), count('7')]).toEqual([1_000_000, 1_000, 7]);
  expect(counts('1e4,1e6')).toEqual([10_000, 1_000_000]);
  for (const wrong of ['0', '-1', '1.5', 'many', '']) expect(() => count(wrong)).toThrow('whole number from 1');
});

test('names are taken singly or several at once, by default all, and no others', () => {
  const parse = (...args: string[]) =>
    new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .addOption(some('--fruit <names>', 'which', ['apple', 'pear', 'plum']))
      .parse(args, { from: 'user' })
      .opts();
  expect(parse()).toEqual({ fruit: ['apple', 'pear', 'plum'] });
  expect(parse('--fruit', 'plum,apple')).toEqual({ fruit: ['plum', 'apple'] });
  expect(() => parse('--fruit', 'plum,stone')).toThrow(/there is no stone; there are apple, pear, plum/);
});
