// What copies spare the owners, from what each node was asked for by the others.

export interface Relief {
  /** Questions to the node that was asked most. */
  readonly busiest: number;
  /** Its part of all questions, 0 to 1. */
  readonly busiestShare: number;
  /** Against what it would be if all were asked as much. */
  readonly maxOverMean: number;
  /** All questions, for each get. */
  readonly fetchesPerGet: number;
}

export function reliefOf(serves: readonly number[], gets: number): Relief {
  const busiest = Math.max(...serves);
  const all = serves.reduce((sum, each) => sum + each, 0);
  const busiestShare = all === 0 ? 0 : busiest / all;
  return { busiest, busiestShare, maxOverMean: busiestShare * serves.length, fetchesPerGet: all / gets };
}
