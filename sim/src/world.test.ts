import { createHash } from 'node:crypto';

import { describe, expect, jest, test } from '@jest/globals';

import { drawScenario, FAULTS, type Scenario } from './scenario.js';
import { shrink } from './shrink.js';
import { run } from './world.js';

jest.setTimeout(120_000);

// A few seeds of each: CI runs five hundred with `pnpm sim`.

async function traceOf(seed: number): Promise<string> {
  const { story, counts } = await run(drawScenario(seed), { tells: true });
  expect(story.length).toBeGreaterThan(100);
  return createHash('sha256')
    .update(JSON.stringify([story, counts]))
    .digest('hex');
}

describe('a run', () => {
  test('is the same for the same seed, and another for another', async () => {
    const traces = new Set<string>();
    for (let seed = 1; seed <= 2; seed++) {
      const trace = await traceOf(seed);
      expect(await traceOf(seed)).toBe(trace);
      traces.add(trace);
    }
    expect(traces.size).toBe(2);
  });

  test('is not changed by being told', async () => {
    const [told, untold] = [await run(drawScenario(3), { tells: true }), await run(drawScenario(3))];
    expect(untold.counts).toEqual(told.counts);
  });

  test('of the code as it is breaks no promise', async () => {
    for (let seed = 10_001; seed <= 10_003; seed++) {
      const { violations, counts } = await run(drawScenario(seed));
      expect({ seed, violations }).toEqual({ seed, violations: [] });
      expect(counts.acknowledged).toBeGreaterThan(0);
    }
  });
});

test('a member that crashes while it leaves comes back once', async () => {
  for (let seed = 530; seed < 533; seed++) {
    const scenario = drawScenario(seed);
    const node = scenario.nodes - 1;
    const steps: Scenario['steps'] = [
      { at: 12_660, fault: 'leave', what: { fault: 'leave', node }, forMs: 17_942 },
      { at: 13_010, fault: 'crash', what: { fault: 'crash', node }, forMs: 3_300 },
      ...scenario.steps.filter((step) => 'op' in step),
    ];
    const { violations } = await run({ ...scenario, steps: [...steps].sort((a, b) => a.at - b.at) });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
});

describe('scenarios', () => {
  test('have every fault among them', () => {
    const faults = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      for (const step of drawScenario(seed).steps) if ('fault' in step) faults.add(step.fault);
    }
    expect([...faults].sort()).toEqual([...FAULTS].sort());
  });

  test('are cut down to the steps that a failure needs', async () => {
    const scenario = drawScenario(5);
    const [a, b] = [scenario.steps[7]!, scenario.steps[40]!];
    const fails = async ({ steps }: Scenario) => steps.includes(a) && steps.includes(b);
    expect((await shrink(scenario, { fails, maxRuns: 1_000 })).steps).toEqual([a, b]);
  });

  test('are cut down no further than so many runs allow', async () => {
    let runs = 0;
    const fails = async () => ++runs < 0;
    await shrink(drawScenario(5), { fails, maxRuns: 3 });
    expect(runs).toBe(3);
  });
});
