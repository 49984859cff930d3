import type { RemovalCause } from '@ringcache/engine';

import type { GroupLimits } from './group-options.js';
import type { Holdings } from './holdings.js';

/** What a group has counted since it was made, and what it holds now. */
export interface GroupStats {
  readonly group: string;
  /** Questions of clients; = hits + misses. Those of peers are `serves`. */
  readonly gets: number;
  readonly hits: number;
  readonly misses: number;
  /** Questions of peers. */
  readonly serves: number;
  readonly serveHits: number;
  readonly loads: number;
  readonly loadErrors: number;
  /** Expired values that were given in place of a load that failed, or was slow, or went on in the background. */
  readonly stales: number;
  /** Values that a previous owner handed over, which saved a load. */
  readonly handoffs: number;
  readonly fetches: number;
  readonly fetchErrors: number;
  /** Of main and hot together. */
  readonly removals: Readonly<Record<RemovalCause, number>>;
  /** Main's; the limits include hot's share. `maxBytes` is the present one. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entries: number;
  readonly hotBytes: number;
  readonly hotEntries: number;
  /** Hits among gets since start, 0 to 1; 0 before the first. */
  readonly hitRatio: number;
  /** The same over the last minute, to a second. */
  readonly hitRatioMinute: number;
  /** undefined: too few requests yet. */
  readonly hitRatioAt: HitRatioAt | undefined;
}

/**
 * What an LRU cache would answer of the requests for owned keys, by clients and peers, with half, all and twice the present
 * `maxBytes`; 0 to 1. Of late, and estimated from a sample of the keys.
 */
export interface HitRatioAt {
  readonly half: number;
  readonly now: number;
  readonly twice: number;
}

/** The counters that a group raises; plain numbers, since they are raised on the way of every hit. */
export class Counters {
  hits = 0;
  misses = 0;
  serves = 0;
  serveHits = 0;
  loads = 0;
  loadErrors = 0;
  handoffs = 0;
  stales = 0;
  fetches = 0;
  fetchErrors = 0;
}

const MINUTE_SLICES = 60;

/** The hit ratio of the last minute, from what the counters stood at on each of its seconds: it costs a hit nothing. */
export class LastMinute {
  readonly #hits = new Float64Array(MINUTE_SLICES);
  readonly #gets = new Float64Array(MINUTE_SLICES);
  #at = 0;

  /** To be called once a second. */
  tick(hits: number, gets: number): void {
    this.#hits[this.#at] = hits;
    this.#gets[this.#at] = gets;
    this.#at = (this.#at + 1) % MINUTE_SLICES;
  }

  /** Since the oldest second that is kept, or since start. */
  ratio(hits: number, gets: number): number {
    return ratioOf(hits - this.#hits[this.#at]!, gets - this.#gets[this.#at]!);
  }
}

/** What a group shows of itself. */
export function statsOf(
  group: string,
  { counters, holdings, limits }: { counters: Counters; holdings: Holdings; limits: GroupLimits },
  lastMinute: LastMinute,
): GroupStats {
  const gets = counters.hits + counters.misses;
  return {
    group,
    gets,
    ...counters,
    removals: holdings.removals(),
    bytes: holdings.main.bytes,
    maxBytes: limits.maxBytes,
    entries: holdings.main.size,
    hotBytes: holdings.hot.bytes,
    hotEntries: holdings.hot.size,
    hitRatio: ratioOf(counters.hits, gets),
    hitRatioMinute: lastMinute.ratio(counters.hits, gets),
    hitRatioAt: hitRatioAt(holdings, limits.maxBytes),
  };
}

function hitRatioAt(holdings: Holdings, maxBytes: number): HitRatioAt | undefined {
  const [half, now, twice] = [maxBytes / 2, maxBytes, maxBytes * 2].map((bytes) => holdings.missRatioAt(bytes));
  if (half === undefined || now === undefined || twice === undefined) return undefined;
  return { half: 1 - half, now: 1 - now, twice: 1 - twice };
}

function ratioOf(hits: number, gets: number): number {
  return gets === 0 ? 0 : hits / gets;
}
