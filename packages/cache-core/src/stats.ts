import type { RemovalCause } from './cache.js';

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
  /** Main's; the limits include hot's share. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entries: number;
  readonly hotBytes: number;
  readonly hotEntries: number;
  /** Hits among gets since start, 0 to 1; 0 before the first. */
  readonly hitRatio: number;
  /** The same over the last minute, to a second. */
  readonly hitRatioMinute: number;
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

export function ratioOf(hits: number, gets: number): number {
  return gets === 0 ? 0 : hits / gets;
}
