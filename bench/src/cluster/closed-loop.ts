// So many callers, each asking again when it is answered: it finds the highest throughput. Latencies are those of a system at
// its limit, and a slow answer slows the asking; for the latency that users see under a given load there is
// `pnpm load-test bench --rate`.

import { type Got, valueIn } from './client.js';
import { Latencies } from './latencies.js';
import { checkValue } from './workload.js';

export interface Loop {
  readonly get: (key: string) => Promise<Got>;
  readonly keys: readonly string[];
  /** Which keys to ask for, by index; a power of two of them. Begins again when they are used up. */
  readonly ids: Uint32Array;
  readonly callers: number;
  readonly durationMs: number;
  readonly valueBytes: number;
  /** In ms from any beginning. Default: performance.now. */
  readonly now?: () => number;
}

export interface Looped {
  /** From the first question to the last answer. */
  readonly seconds: number;
  readonly latencies: Latencies;
}

/** @throws {Error} at the first get that fails, or gives another value than was put there. */
export async function closedLoop(loop: Loop): Promise<Looped> {
  const { get, keys, ids, callers, durationMs, valueBytes, now = () => performance.now() } = loop;
  const latencies = new Latencies();
  const mask = ids.length - 1;
  const startedAt = now();
  const endsAt = startedAt + durationMs;
  let next = 0;
  let failed = false; // one caller's failure ends the others, too
  const caller = async () => {
    let askedAt = now();
    do {
      const id = ids[next++ & mask]!;
      const key = keys[id]!;
      const value = valueIn(await get(key), key);
      checkValue(value, id, valueBytes);
      const answeredAt = now();
      latencies.record(answeredAt - askedAt);
      askedAt = answeredAt;
    } while (askedAt < endsAt && !failed); // once at least: a machine that stalled at the start must not make a round of nothing
  };
  const watched = async () => {
    try {
      await caller();
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: callers }, watched));
  return { seconds: (now() - startedAt) / 1_000, latencies };
}
