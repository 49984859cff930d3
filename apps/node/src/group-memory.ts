import { divideBudget } from '@ringcache/cache-core';

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024; // of a group that has a limit of its own

export interface ConfiguredMemory {
  readonly budgetBytes?: number | undefined;
  readonly groups: Readonly<
    Record<string, { readonly maxBytes?: number | undefined; readonly minBytes?: number | undefined }>
  >;
}

/** What a group begins with. */
export interface GroupMemory {
  readonly name: string;
  readonly maxBytes: number;
  readonly minBytes?: number;
}

/** @throws {RangeError} if the budget is too small for the groups. */
export function groupMemory({ groups, budgetBytes }: ConfiguredMemory): GroupMemory[] {
  const wanted = Object.entries(groups).map(([name, { maxBytes, minBytes }]) => ({ name, maxBytes, minBytes }));
  if (budgetBytes !== undefined) return divideBudget(budgetBytes, wanted);
  return wanted.map(({ name, maxBytes = DEFAULT_MAX_BYTES }) => ({ name, maxBytes }));
}
