// How long the event loop could not have turned: the longest time between two marks that the measured loop makes.
//
// The collector's share is known from its own records, on the same clock: a gap less the collections that lie in it is
// what the cache itself held things up for.

import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';

export interface Stalls {
  /** The longest gap between two marks, in ms. */
  readonly longestMs: number;
  /** The longest with garbage collections taken out. */
  readonly longestOtherMs: number;
  readonly gcTotalMs: number;
  readonly gcLongestMs: number;
}

/** In ms, on the meter's clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface StallMeterOptions {
  /** Default: performance.now, on which the collector's records are. */
  readonly now?: () => number;
  /** Tells each collection, at the latest two turns of the loop after it. @returns what ends it. Default: this process's own. */
  readonly hearCollections?: (heard: (collection: Span) => void) => () => void;
}

const KEPT_GAPS = 256; // the longest ones: enough that one without a collection is among them

export class StallMeter {
  readonly #collections: Span[] = [];
  readonly #now: () => number;
  readonly #stopHearing: () => void;
  readonly #gaps: Span[] = [];
  #shortestKept = 0;
  #last: number;

  /** Starts listening to the collector. */
  constructor({ now = () => performance.now(), hearCollections = hearOwnCollections }: StallMeterOptions = {}) {
    this.#now = now;
    this.#last = now();
    this.#stopHearing = hearCollections((collection) => void this.#collections.push(collection));
  }

  /** Begins a gap here: what happened since the last mark belongs to none. */
  begin(): void {
    this.#last = this.#now();
  }

  /** Ends a gap and begins the next. Costs some 40 ns: call it every few dozen operations. */
  mark(): void {
    const now = this.#now();
    if (now - this.#last > this.#shortestKept) this.#keep({ from: this.#last, to: now });
    this.#last = now;
  }

  /** Stops listening, after the loop has turned so that the last collections are told. */
  async end(): Promise<Stalls> {
    await turn();
    await turn();
    this.#stopHearing();
    const collections = this.#collections;
    const durations = collections.map(lengthOf);
    return {
      longestMs: longest(this.#gaps.map(lengthOf)),
      longestOtherMs: longest(this.#gaps.map((gap) => lengthOf(gap) - overlap(gap, collections))),
      gcTotalMs: durations.reduce((sum, each) => sum + each, 0),
      gcLongestMs: longest(durations),
    };
  }

  #keep(gap: Span): void {
    this.#gaps.push(gap);
    if (this.#gaps.length < 2 * KEPT_GAPS) return;
    this.#gaps.sort((a, b) => lengthOf(b) - lengthOf(a)).length = KEPT_GAPS;
    this.#shortestKept = lengthOf(this.#gaps[KEPT_GAPS - 1]!);
  }
}

function hearOwnCollections(heard: (collection: Span) => void): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) heard({ from: startTime, to: startTime + duration });
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function lengthOf({ from, to }: Span): number {
  return to - from;
}

function longest(lengths: readonly number[]): number {
  return lengths.reduce((a, b) => Math.max(a, b), 0);
}

function overlap(gap: Span, spans: readonly Span[]): number {
  let sum = 0;
  for (const { from, to } of spans) sum += Math.max(0, Math.min(to, gap.to) - Math.max(from, gap.from));
  return sum;
}
