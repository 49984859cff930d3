// Requests are drawn before the clock starts, the same for every contender.
//
// Which keys are popular must have nothing to do with where they lie in memory, so ranks are scattered over the ids.

import { randomFrom } from '../random.js';
import { zipf } from '../zipf.js';
import type { Workload } from './cells.js';

export const KEYS_PER_ENTRY = 3; // of keys that are asked for, to entries that the cache holds
const EXPONENT = 0.99;
const SCATTER = 100_000_007; // a prime: multiplied by it modulo a smaller number that it does not divide, ranks are permuted

export interface Draw {
  readonly workload: Exclude<Workload, 'trace'>;
  readonly entries: number;
  readonly count: number;
  /** One seed, one sequence. */
  readonly seed: number;
}

/** How many ids the workload draws from. */
export function idsOf({ workload, entries }: Pick<Draw, 'workload' | 'entries'>): number {
  return workload === 'hits' ? entries : KEYS_PER_ENTRY * entries;
}

export function draw({ workload, entries, count, seed }: Draw): Uint32Array {
  const ids = idsOf({ workload, entries });
  const random = randomFrom(seed);
  const rank = zipf({ count: ids, exponent: EXPONENT, random });
  const drawn = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    drawn[i] = workload === 'sets' ? Math.floor(random() * ids) : (rank() * SCATTER) % ids;
  }
  return drawn;
}

/** The `round`-th stretch of a trace, which begins again when it ends. */
export function stretch(trace: Uint32Array, { count, round }: { count: number; round: number }): Uint32Array {
  const cut = new Uint32Array(count);
  for (let i = 0; i < count; i++) cut[i] = trace[(round * count + i) % trace.length]!;
  return cut;
}
