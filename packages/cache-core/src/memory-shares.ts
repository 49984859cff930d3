export interface WantedShare {
  readonly name: string;
  /** Where it begins; left out: with an even part of what the others leave. */
  readonly maxBytes?: number | undefined;
  /** What it is never brought below. Default: an eighth of where it begins. */
  readonly minBytes?: number | undefined;
}

export interface StartingShare {
  readonly name: string;
  readonly maxBytes: number;
  readonly minBytes: number;
}

const MIN_SHARE = 1 / 8; // so that a group that was quiet can be measured when its traffic comes back
const LEAST_BYTES = 64 * 1024; // below that a group is no cache

/**
 * Divides a budget among the groups of a node. Where every group says where it begins, what is left over is spread over them
 * in proportion.
 * @returns whole bytes that add up to no more than the budget.
 * @throws {RangeError} if the groups want more than there is, or less is left for one than 64 KiB or its `minBytes`.
 */
export function divideBudget(budgetBytes: number, wanted: readonly WantedShare[]): StartingShare[] {
  const said = wanted.reduce((sum, { maxBytes = 0 }) => sum + maxBytes, 0);
  const silent = wanted.filter(({ maxBytes }) => maxBytes === undefined).length;
  if (said > budgetBytes) {
    throw new RangeError(`the groups' maxBytes add up to ${said}, more than budgetBytes, ${budgetBytes}`);
  }
  const evenPart = (budgetBytes - said) / silent;
  const factor = silent > 0 ? 1 : budgetBytes / said;
  return wanted.map(({ name, maxBytes = evenPart, minBytes }) => {
    const share = Math.floor(maxBytes * factor);
    const least = minBytes ?? Math.floor(share * MIN_SHARE);
    if (share < Math.max(LEAST_BYTES, least)) {
      throw new RangeError(
        `budgetBytes leaves ${share} bytes for group ${name}, which needs ${Math.max(LEAST_BYTES, least)}`,
      );
    }
    return { name, maxBytes: share, minBytes: least };
  });
}
