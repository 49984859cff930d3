import { CacheError, type Clock, divideBudget, type Group, MemoryBudget, type MemoryMove } from '@ringcache/cache-core';

/** One limit for the memory of all groups, in place of one for each that stays as it is. */
export interface BudgetOptions {
  /**
   * Bytes that the groups have together. Where each begins is its `maxBytes`, and an even part of the rest where it has none;
   * from then on memory moves slowly to the group that wins most hits by it. Default: every group keeps its own limit.
   */
  budgetBytes?: number | undefined;
  /** How often a 64th of the budget may move, in ms. Default 10,000. */
  budgetIntervalMs?: number | undefined;
  /** Hears of every move, after it is made: from which group to which, and what each is expected to win or lose. */
  onMove?: ((move: MemoryMove) => void) | undefined;
}

interface BudgetedSpec {
  readonly maxBytes?: number | undefined;
  readonly minBytes?: number | undefined;
}

/** What each group begins with, and what it never goes below. */
export type Shares = ReadonlyMap<string, { readonly maxBytes: number; readonly minBytes: number }>;

/**
 * undefined: there is no budget.
 * @throws {RangeError} if the groups do not fit in; {CacheError} `invalid_argument` for a `minBytes` with no budget.
 */
export function sharesOf(options: BudgetOptions, specs: Readonly<Record<string, BudgetedSpec>>): Shares | undefined {
  const wanted = Object.entries(specs).map(([name, { maxBytes, minBytes }]) => ({ name, maxBytes, minBytes }));
  if (options.budgetBytes !== undefined) {
    return new Map(divideBudget(options.budgetBytes, wanted).map((share) => [share.name, share]));
  }
  const odd = wanted.find(({ minBytes }) => minBytes !== undefined);
  if (odd === undefined) return undefined;
  throw new CacheError('invalid_argument', `minBytes of group ${odd.name} means nothing without budgetBytes`);
}

export function budgetOf(
  options: BudgetOptions,
  shares: Shares | undefined,
  groups: ReadonlyMap<string, Group>,
  clock: Clock,
): MemoryBudget | undefined {
  if (options.budgetBytes === undefined || shares === undefined) return undefined;
  return new MemoryBudget({
    budgetBytes: options.budgetBytes,
    groups: [...groups].map(([name, group]) => ({ group, minBytes: shares.get(name)!.minBytes })),
    clock,
    intervalMs: options.budgetIntervalMs,
    onMove: options.onMove,
  });
}
