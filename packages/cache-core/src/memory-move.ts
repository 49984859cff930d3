// Which group should give memory to which, if any: by what each would win or lose in hits a second.
//
// A curve that is flat for a while and then falls (a loop that does not fit yet) shows no gain in the next step, and a large
// one later: so a move is judged by one step, two, four, … up to all that can be given, and by its best mean gain a step. That
// is the slope of the curve's convex hull, which a cache that resists scans comes close to (Beckmann, Sanchez, "Talus",
// HPCA 2015). Only one step is made at a time; by the next, the curves may have changed.

/** What there is to know of a group. */
export interface MemoryShare {
  readonly name: string;
  readonly maxBytes: number;
  readonly minBytes: number;
  readonly requestsPerSecond: number;
  /** Part of the requests that would miss with such a limit, 0 to 1; undefined: not known yet. */
  missRatioAt(maxBytes: number): number | undefined;
}

export interface MemoryMove {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** Hits a second that the one is expected to win and the other to lose, for this step. */
  readonly gain: number;
  readonly loss: number;
}

const LEAD = 1.25; // times the loss that a gain must be: two groups that are about equal leave each other alone
const WORTH = 0.0005; // of all requests, that a step must win beyond that: a small gain is seldom more than noise

/**
 * The move that wins most, by one step; undefined: none is worth it. Pure.
 * Cost: for each pair of groups, the logarithm of the steps there are.
 */
export function bestMove(shares: readonly MemoryShare[], stepBytes: number): MemoryMove | undefined {
  const requestsPerSecond = shares.reduce((sum, share) => sum + share.requestsPerSecond, 0);
  let best: MemoryMove | undefined;
  let bestNet = WORTH * requestsPerSecond;
  for (const from of shares) {
    const most = Math.floor((from.maxBytes - from.minBytes) / stepBytes);
    for (let steps = 1; steps <= most; steps *= 2) {
      const bytes = steps * stepBytes;
      const loss = lossOf(from, bytes) / steps;
      for (const to of shares) {
        if (to === from) continue;
        const gain = gainOf(to, bytes) / steps;
        const net = gain - LEAD * loss;
        if (net <= bestNet) continue;
        bestNet = net;
        best = { from: from.name, to: to.name, bytes: stepBytes, gain, loss };
      }
    }
  }
  return best;
}

/** Where nothing is known, every hit is at stake: a group that nobody asks has none. */
function lossOf(share: MemoryShare, bytes: number): number {
  return (change(share, -bytes) ?? 1) * share.requestsPerSecond;
}

function gainOf(share: MemoryShare, bytes: number): number {
  return -(change(share, bytes) ?? 0) * share.requestsPerSecond;
}

/** By how much the miss ratio rises with so many bytes more. */
function change(share: MemoryShare, bytes: number): number | undefined {
  const now = share.missRatioAt(share.maxBytes);
  const then = share.missRatioAt(share.maxBytes + bytes);
  return now === undefined || then === undefined ? undefined : then - now;
}
