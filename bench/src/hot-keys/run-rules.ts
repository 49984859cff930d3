// Every rule under the same requests, on as many processes as there are cores.

import { availableParallelism } from 'node:os';

import { MeasuringProcess } from '../measuring-process.js';
import type { Load, Outcome } from './ask-cluster.js';
import type { Task } from './child.js';
import type { RuleName } from './rules.js';

const CHILD = new URL('./child.ts', import.meta.url);

/** In the order of the rules. @throws {Error} of a process that failed. */
export async function runRules(rules: readonly RuleName[], load: Load): Promise<Outcome[]> {
  const outcomes = new Map<RuleName, Outcome>();
  const waiting = [...rules];

  async function work(process: MeasuringProcess): Promise<void> {
    for (let rule = waiting.shift(); rule !== undefined; rule = waiting.shift()) {
      outcomes.set(rule, await process.ask<Outcome>({ rule, load } satisfies Task));
    }
  }

  const count = Math.min(availableParallelism(), rules.length);
  const processes = Array.from({ length: count }, () => new MeasuringProcess(CHILD));
  try {
    await Promise.all(processes.map(work));
  } finally {
    await Promise.all(processes.map((process) => process.close()));
  }
  return rules.map((rule) => outcomes.get(rule)!);
}
