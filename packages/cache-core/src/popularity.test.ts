import { expect, test } from '@jest/globals';

import { Popularity } from './popularity.js';

test('counts a key exactly while few are counted', () => {
  const popularity = new Popularity();
  expect([1, 2, 3].map(() => popularity.count('k'))).toEqual([1, 2, 3]);
  expect(popularity.count('other')).toBe(1);
});

test('forgets: a key that was popular long ago counts little', () => {
  const popularity = new Popularity();
  for (let i = 0; i < 200; i++) popularity.count('once popular');
  for (let i = 0; i < 200_000; i++) popularity.count(`k${i % 50_000}`);
  expect(popularity.count('once popular')).toBeLessThan(30);
});

test('among ten thousand keys fetched once, hardly one looks popular', () => {
  const popularity = new Popularity();
  let mistaken = 0;
  for (let i = 0; i < 10_000; i++) if (popularity.count(`k${i}`) >= 3) mistaken++;
  expect(mistaken / 10_000).toBeLessThan(0.1);
});
