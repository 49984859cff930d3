// Simulates every cell with every policy, on as many processes as there are cores.

import { availableParallelism } from 'node:os';

import type { PolicyName } from '@ringcache/policies';

import { MeasuringProcess } from '../measuring-process.js';
import { type Cell, cellName } from './cells.js';
import type { Task, TaskResult } from './child.js';

const CHILD = new URL('./child.ts', import.meta.url);

export interface CellResult {
  readonly cell: Cell;
  readonly requests: number;
  /** Hits of our policies, by name. */
  readonly hits: ReadonlyMap<PolicyName, number>;
  /** Hits of others, OPT among them if it was asked for. */
  readonly references: ReadonlyMap<string, number>;
}

export interface RunOptions {
  readonly policies: readonly PolicyName[];
  /** Whether to work out the optimum for cells that have no references. */
  readonly withOptimum: boolean;
  /** Hears how far it is: tasks done and in all, and the name of the last. */
  readonly onProgress: (done: number, all: number, name: string) => void;
}

/** In the order of the cells. @throws {Error} of a process that could not read its trace. */
export async function runCells(cells: readonly Cell[], options: RunOptions): Promise<CellResult[]> {
  const results = cells.map((cell) => ({
    cell,
    requests: 0,
    hits: new Map<PolicyName, number>(),
    references: new Map(cell.references),
  }));
  const tasks = results.flatMap((result) => {
    const policies: Task['policy'][] = [...options.policies];
    if (options.withOptimum) policies.push('OPT');
    return policies.map((policy) => ({ result, policy }));
  });
  // Those of one trace together, so that it is decoded once a process; the longest first, so that all end about together.
  const inOrder = tasks.sort((a, b) => (b.result.cell.requests ?? 0) - (a.result.cell.requests ?? 0));
  let next = 0;
  let done = 0;

  async function work(process: MeasuringProcess): Promise<void> {
    for (let task = inOrder[next++]; task !== undefined; task = inOrder[next++]) {
      const { result, policy } = task;
      const { trace, source, size } = result.cell;
      const { hits, requests } = await process.ask<TaskResult>({ trace, source, size, policy } satisfies Task);
      result.requests = requests;
      if (policy === 'OPT') result.references.set(policy, hits);
      else result.hits.set(policy, hits);
      options.onProgress(++done, inOrder.length, `${cellName(result.cell)} ${policy}`);
    }
  }

  const count = Math.max(1, Math.min(availableParallelism(), inOrder.length));
  const processes = Array.from({ length: count }, () => new MeasuringProcess(CHILD));
  try {
    await Promise.all(processes.map(work));
  } finally {
    await Promise.all(processes.map((process) => process.close()));
  }
  return results.map((result) => ({ ...result, hits: inOrderOf(options.policies, result.hits) }));
}

/** They came in as they were done. */
function inOrderOf(policies: readonly PolicyName[], hits: ReadonlyMap<PolicyName, number>): Map<PolicyName, number> {
  return new Map(policies.map((policy) => [policy, hits.get(policy)!]));
}
