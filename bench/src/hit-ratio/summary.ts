// What the hits of all cells come to: how far each policy is behind the best in a cell, and what it hits on average.

import type { PolicyName } from '@ringcache/policies';

import { type Cell, cellName } from './cells.js';
import type { CellResult } from './run-cells.js';

/** Policies of one definition, ours and the reference's name for it: they must hit as often, to the last request. */
export const EXACT: Partial<Record<PolicyName, string>> = {
  fifo: 'FIFO',
  lru: 'LRU',
  lfu: 'LFU',
  arc: 'ARC',
  sieve: 'SIEVE',
};

/** Named by the folder; whatever else begins so knows the future as well. */
const OPTIMUM = 'OPT';

export interface Equality {
  readonly policy: PolicyName;
  readonly reference: string;
  readonly equal: number;
  readonly total: number;
  /** Cells where they differ, and by how many hits ours has more. */
  readonly differences: readonly { readonly cell: string; readonly hits: number }[];
}

export interface Standing {
  /** Ours in small letters, a reference's as the folder has it. */
  readonly policy: string;
  /** Mean hit ratio over the cells, 0 to 1. */
  readonly mean: number;
  /** The most that it is behind the best of the others in one cell, 0 to 1, and which cell that is. */
  readonly worstRegret: number;
  readonly worstCell: string;
}

/** The best of a cell that could be had: of the references, or of ours where there are none. */
export function bestOf({ hits, references }: CellResult): { readonly policy: string; readonly hits: number } {
  const others = [...references].filter(([policy]) => !isOptimum(policy));
  const candidates: [string, number][] = others.length > 0 ? others : [...hits];
  const [policy, most] = candidates.reduce((best, next) => (next[1] > best[1] ? next : best));
  return { policy, hits: most };
}

export function isOptimum(policy: string): boolean {
  return policy.startsWith(OPTIMUM);
}

/** The cells that means are over: bounded by entries, with a figure of every policy that has one anywhere. */
export function comparable(results: readonly CellResult[]): CellResult[] {
  const inEntries = results.filter(({ cell }) => cell.unit === 'entries');
  const all = new Set(inEntries.flatMap(({ references }) => [...references.keys()]));
  return inEntries.filter(({ references }) => [...all].every((policy) => references.has(policy)));
}

/** Of each policy, ours first. @param results at least one, {@link comparable}. */
export function standings(results: readonly CellResult[]): Standing[] {
  const [first] = results;
  if (first === undefined) return [];
  const ours = [...first.hits.keys()].map((policy) => standing(policy, results, (result) => result.hits.get(policy)!));
  const theirs = [...first.references.keys()].map((policy) =>
    standing(policy, results, (result) => result.references.get(policy)!),
  );
  return [...ours, ...theirs];
}

/** Mean hit ratio, 0 to 1, of who always knew the best policy. */
export function virtualBest(results: readonly CellResult[]): number {
  return mean(results.map((result) => bestOf(result).hits / result.requests));
}

/** Where ours and a reference have one definition, in how many cells they have hit as often. */
export function equalities(results: readonly CellResult[]): Equality[] {
  const pairs = Object.entries(EXACT) as [PolicyName, string][];
  return pairs.flatMap(([policy, reference]) => {
    const both = results.filter((result) => result.hits.has(policy) && result.references.has(reference));
    if (both.length === 0) return [];
    const differences = both
      .map((result) => ({
        cell: cellName(result.cell),
        hits: result.hits.get(policy)! - result.references.get(reference)!,
      }))
      .filter(({ hits }) => hits !== 0);
    return [{ policy, reference, equal: both.length - differences.length, total: both.length, differences }];
  });
}

function standing(policy: string, results: readonly CellResult[], hitsIn: (result: CellResult) => number): Standing {
  const regrets = results.map((result) => ({
    cell: result.cell,
    regret: (bestOf(result).hits - hitsIn(result)) / result.requests,
  }));
  const worst = regrets.reduce<{ cell: Cell; regret: number }>((a, b) => (b.regret > a.regret ? b : a), regrets[0]!);
  return {
    policy,
    mean: mean(results.map((result) => hitsIn(result) / result.requests)),
    worstRegret: worst.regret,
    worstCell: cellName(worst.cell),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
