import { describe, expect, jest, test } from '@jest/globals';

import { catchMutant, recordedSeeds } from './mutant-run.js';
import { MUTANTS, type Mutant } from './mutants.js';

jest.setTimeout(600_000);

/** Every one of these is caught: by its test, or by the simulation at the seed that is recorded, else at another. */
export function mutantsAreCaught(which: (mutant: Mutant) => boolean): void {
  describe('a mutant is caught:', () => {
    test.each(MUTANTS.filter(which).map((mutant) => [mutant.name, mutant] as const))('%s', async (name, mutant) => {
      const { isCaught, output } = await catchMutant(mutant, { from: recordedSeeds()[name] ?? 1 });
      expect({ isCaught, output: isCaught ? '' : output.slice(-2_000) }).toEqual({ isCaught: true, output: '' });
    });
  });
}
