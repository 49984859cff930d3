import { expect, test } from '@jest/globals';
import { didYouMean } from './did-you-mean.js';

const KNOWN = ['maxBytes', 'ttl', 'hotTtl', 'cluster'];

test.each([
  ['maxbytes', 'maxBytes'],
  ['max_bytes', 'maxBytes'],
  ['clutser', 'cluster'],
  ['tl', 'ttl'],
  ['hottl', 'hotTtl'],
])('%s is taken for %s', (word, meant) => {
  expect(didYouMean(word, KNOWN)).toBe(meant);
});

test('a word like none is taken for none, and so is a word itself', () => {
  expect(didYouMean('replicas', KNOWN)).toBeUndefined();
  expect(didYouMean('ttl', ['ttl'])).toBeUndefined();
  expect(didYouMean('x'.repeat(100_000), KNOWN)).toBeUndefined();
});
