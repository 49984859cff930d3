// The shortest scenario that still fails in the same way: delta debugging (Zeller & Hildebrandt, 2002) over its steps.

import type { Scenario, Step } from './scenario.js';

export interface ShrinkOptions {
  /** Whether a scenario still fails in the way that is looked for. */
  fails: (scenario: Scenario) => Promise<boolean>;
  /** Scenarios tried at most. */
  maxRuns: number;
}

/** Takes out steps, ever fewer at a time, as long as what is left still fails. */
export async function shrink(scenario: Scenario, { fails, maxRuns }: ShrinkOptions): Promise<Scenario> {
  let steps: readonly Step[] = scenario.steps;
  let runs = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < steps.length && runs < maxRuns; runs++) {
      const fewer = [...steps.slice(0, from), ...steps.slice(from + size)];
      if (await fails({ ...scenario, steps: fewer })) steps = fewer;
      else from += size;
    }
  }
  return { ...scenario, steps };
}
