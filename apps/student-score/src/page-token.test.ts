import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodePageToken, encodePageToken } from './page-token.js';

const ids = fc.integer({ min: 1, max: 2 ** 31 - 1 });

test('a token names the id that it was made of', () => {
  fc.assert(fc.property(ids, (id) => expect(decodePageToken(encodePageToken(id))).toBe(id)));
});

test('a token with one character changed, added or taken away is refused', () => {
  const edits = fc.tuple(ids, fc.nat(), fc.constantFrom('change', 'add', 'remove'), fc.constantFrom(...'Az09-_ =.中'));
  fc.assert(
    fc.property(edits, ([id, position, edit, character]) => {
      const token = encodePageToken(id);
      const at = position % token.length;
      const changed =
        token.slice(0, at) + (edit === 'remove' ? '' : character) + token.slice(edit === 'add' ? at : at + 1);
      fc.pre(changed !== token);
      expect(() => decodePageToken(changed)).toThrow('invalid page');
    }),
  );
});

test('a well-made token of an id that the database cannot hold is refused', () => {
  expect(() => decodePageToken(encodePageToken(2 ** 31))).toThrow('invalid page');
});

test('the empty token begins at the first', () => {
  expect(decodePageToken('')).toBe(0);
});
