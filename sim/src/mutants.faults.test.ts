import { describe, expect, jest, test } from '@jest/globals';

import { catchMutant, recordedSeeds } from './mutant-run.js';
import { MUTANTS } from './mutants.js';

jest.setTimeout(600_000);

describe('a mutant', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('is caught: %s', async (name, mutant) => {
    const { isCaught, output } = await catchMutant(mutant, { from: recordedSeeds()[name] ?? 1 });
    expect({ isCaught, output: isCaught ? '' : output.slice(-2_000) }).toEqual({ isCaught: true, output: '' });
  });

  test('has a name of its own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
