import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ghosts, NO_GHOST } from './ghosts.js';

test('a hash is found in the list it was put in, once, signed or not', () => {
  const ghosts = new Ghosts(2, 4);
  ghosts.remember(1, -1);
  expect(ghosts.take(0xffffffff)).toBe(1);
  ghosts.remember(1, 0xffffffff);
  expect(ghosts.take(-1)).toBe(1);
  expect(ghosts.take(-1)).toBe(NO_GHOST);
});

test('two keys with one hash make two ghosts, each taken or forgotten by itself', () => {
  const ghosts = new Ghosts(2, 4);
  for (const list of [0, 1, 0]) ghosts.remember(list, 7);
  ghosts.forgetOldest(0);
  expect([ghosts.take(7), ghosts.take(7)].sort()).toEqual([0, 1]);
  expect(ghosts.take(7)).toBe(NO_GHOST);
});

test('forgetting in an empty list does nothing', () => {
  const ghosts = new Ghosts(2, 4);
  ghosts.remember(0, 7);
  ghosts.forgetOldest(1);
  expect([ghosts.size(0), ghosts.size(1)]).toEqual([1, 0]);
});

test('lists of any length behave as arrays of hashes do', () => {
  const steps = fc.array(
    fc.record({
      act: fc.constantFrom('remember', 'remember', 'take', 'forgetOldest'),
      list: fc.nat(2),
      hash: fc.integer({ min: -20, max: 20 }),
    }),
    { maxLength: 300, size: 'max' },
  );
  fc.assert(
    fc.property(fc.nat(20), steps, (nodes, acts) => {
      const ghosts = new Ghosts(3, nodes);
      let model: { list: number; hash: number }[] = []; // oldest first
      for (const { act, list, hash } of acts) {
        if (act === 'remember') {
          if (model.some((ghost) => ghost.hash === hash)) continue; // which of two is taken is not said
          ghosts.remember(list, hash);
          model.push({ list, hash });
          continue;
        }
        const gone = act === 'take' ? model.find((g) => g.hash === hash) : model.find((g) => g.list === list);
        model = model.filter((ghost) => ghost !== gone);
        if (act === 'take') assert.equal(ghosts.take(hash), gone?.list ?? NO_GHOST);
        else ghosts.forgetOldest(list);
        for (const each of [0, 1, 2]) assert.equal(ghosts.size(each), model.filter((g) => g.list === each).length);
      }
    }),
  );
});
