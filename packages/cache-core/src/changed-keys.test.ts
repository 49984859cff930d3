import { expect, test } from '@jest/globals';

import { ChangedKeys } from './changed-keys.js';

test('keys count as changed once they are added, until they are forgotten', () => {
  const changed = new ChangedKeys();
  changed.add('a');
  expect([changed.has('a'), changed.has('b'), changed.areAll]).toEqual([true, false, false]);
  changed.addAll();
  expect([changed.has('b'), changed.areAll]).toEqual([true, true]);
  changed.forget();
  expect([changed.has('a'), changed.has('b'), changed.areAll]).toEqual([false, false, false]);
});

test('more keys than are remembered count as all', () => {
  const changed = new ChangedKeys();
  for (let i = 0; i < 99_999; i++) changed.add(`${i}`);
  expect(changed.has('other')).toBe(false);
  changed.add('one more');
  expect(changed.has('other')).toBe(true);
});
