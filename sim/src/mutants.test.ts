import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

import { MUTANTS } from './mutants.js';

test('mutants have names of their own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('can still be planted: %s', (_, { edits }) => {
  for (const { file, from } of edits) {
    const text = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
    expect({ file, from, times: text.split(from).length - 1 }).toEqual({ file, from, times: 1 });
  }
});
