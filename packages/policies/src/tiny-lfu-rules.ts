// What TinyLfuLists and its miniatures decide by.

export const MOVES = 4; // from list to list at most, for one request; one is too few to follow, 64 are no better
export const WARM = 5; // who was asked for more often than that, in vain, gets in by chance now and then:
export const CHANCE = 128; // one time in so many, against keys picked to collide with a resident's counters
const PROTECTED_SHARE = 0.8;

export interface Balance {
  /** Share of the window, 0 to 1; it holds an entry at least. */
  readonly window: number;
  /** By more than this must who falls out of the window have been asked for more often, to get in. */
  readonly handicap: number;
}

/** Entries that the window of a cache is to hold. */
export function windowTarget({ window }: Balance, capacity: number): number {
  return Math.max(1, Math.round(window * capacity));
}

/** Entries that may be protected. */
export function protectedLimit(balance: Balance, capacity: number): number {
  return Math.floor(PROTECTED_SHARE * (capacity - windowTarget(balance, capacity)));
}

export const FIRST_CHANCE = 0x2545f491;

/** Xorshift (Marsaglia, 2003): enough to be hard to guess from outside. Signed, never 0. */
export function nextChance(chance: number): number {
  let x = chance;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x;
}
