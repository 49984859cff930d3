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

/**
 * The same groups with another budget: each in proportion to what it has, but none below its least.
 * @returns whole bytes that add up to no more than the budget.
 * @throws {RangeError} if the least of all is more than the budget.
 */
export function rescaleBudget(budgetBytes: number, shares: readonly StartingShare[]): StartingShare[] {
  const least = shares.reduce((sum, { minBytes }) => sum + minBytes, 0);
  if (least > budgetBytes) {
    throw new RangeError(`the groups' minBytes add up to ${least}, more than budgetBytes, ${budgetBytes}`);
  }
  const have = shares.reduce((sum, { maxBytes }) => sum + maxBytes, 0);
  const wanted = shares.map(({ maxBytes, minBytes }) =>
    Math.max(minBytes, Math.floor((maxBytes / have) * budgetBytes)),
  );
  const excess = Math.max(0, wanted.reduce((sum, each) => sum + each, 0) - budgetBytes);
  const aboveLeast = wanted.reduce((sum, each, i) => sum + each - shares[i]!.minBytes, 0);
  return shares.map(({ name, minBytes }, i) => {
    const spare = wanted[i]! - minBytes;
    const given = excess === 0 ? 0 : Math.ceil((excess * spare) / aboveLeast);
    return { name, maxBytes: wanted[i]! - Math.min(spare, given), minBytes };
  });
}
