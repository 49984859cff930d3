// What a node holds of one group: main, the entries it owns, and hot, short-lived copies of popular entries that others own.
// Hot has a limit of its own within the group's, so that copies never push out what is owned.

import type { PolicyName } from '@ringcache/policies';

import { Cache, REMOVAL_CAUSES, type RemovalCause } from './cache.js';
import type { Answer, Clock } from './contracts.js';
import type { Tenure } from './tenure.js';

/** That the origin has no such key, cached: told from every value, the empty one too, by identity. */
export const ABSENT: Uint8Array = new Uint8Array(0);

export interface HoldingsOptions {
  clock: Clock;
  /** Id of this node, for the answers. */
  self: string;
  tenure: Tenure;
  policy: PolicyName;
  maxBytes: number;
  maxEntries: number;
  /** Hot's part of both limits, 0 to 1. */
  hotShare: number;
  /** How long an entry of main is kept after it has expired, in ms. */
  graceMs: number;
}

const SWEEPS_FOR_ALL = 16; // an expired entry that nobody asks for is gone after so many sweeps
const MIN_SWEEP = 4096; // slots; a few microseconds

export class Holdings {
  readonly main: Cache;
  readonly hot: Cache;
  readonly #clock: Clock;
  readonly #self: string;
  readonly #tenure: Tenure;
  readonly #graceMs: number;

  constructor(options: HoldingsOptions) {
    const { clock, policy, maxBytes, maxEntries, hotShare } = options;
    this.main = new Cache({
      clock,
      policy,
      maxBytes: maxBytes * (1 - hotShare),
      maxEntries: Math.max(1, Math.round(maxEntries * (1 - hotShare))),
    });
    this.hot = new Cache({
      clock,
      policy: 'lru', // copies live for seconds: recency is all there is to know of them
      maxBytes: maxBytes * hotShare,
      maxEntries: Math.max(1, Math.round(maxEntries * hotShare)),
    });
    this.#clock = clock;
    this.#self = options.self;
    this.#tenure = options.tenure;
    this.#graceMs = options.graceMs;
  }

  /**
   * The entry as an answer, its value perhaps {@link ABSENT}, its `ttlMs` not above 0 if it has expired and its grace has not;
   * counted as a read. Main only while it is this member's.
   */
  find(key: string): Answer | undefined {
    const inMain = this.main.find(key);
    if (inMain !== 0 && this.#isOurs(key, inMain)) return this.#answer(this.main, inMain, 'main');
    const inHot = this.hot.find(key);
    if (inHot !== 0) return this.#answer(this.hot, inHot, 'hot');
    return undefined;
  }

  /** As {@link find}, not counted as a read, and whoever owns the key now: what a new owner asks for. */
  locate(key: string): Answer | undefined {
    const inMain = this.main.locate(key);
    if (inMain !== 0) return this.#answer(this.main, inMain, 'main');
    const inHot = this.hot.locate(key);
    if (inHot !== 0) return this.#answer(this.hot, inHot, 'hot');
    return undefined;
  }

  /** Stores in one of the two and drops the other's copy. @returns false: it is larger than that cache. */
  keep(where: 'main' | 'hot', key: string, value: Uint8Array, version: number, ttlMs: number): boolean {
    const [to, other] = where === 'main' ? [this.main, this.hot] : [this.hot, this.main];
    other.delete(key);
    const graceMs = where === 'main' ? this.#graceMs : 0;
    return to.set(key, value, version, this.#clock.now() + ttlMs + graceMs, this.#tenure.epoch);
  }

  drop(key: string): boolean {
    const inMain = this.main.delete(key);
    const inHot = this.hot.delete(key);
    return inMain || inHot;
  }

  clear(): void {
    this.main.clear();
    this.hot.clear();
  }

  /** Sweeps a slice of both for expired entries. */
  collect(): void {
    for (const cache of [this.main, this.hot]) cache.collect(Math.max(MIN_SWEEP, cache.slots / SWEEPS_FOR_ALL));
  }

  removals(): Record<RemovalCause, number> {
    const sum = { ...this.main.removals };
    for (const cause of REMOVAL_CAUSES) sum[cause] += this.hot.removals[cause];
    return sum;
  }

  #isOurs(key: string, slot: number): boolean {
    const { epoch } = this.#tenure;
    const storedIn = this.main.epochAt(slot);
    if (storedIn === epoch) return true;
    if (!this.#tenure.ownedSince(key, storedIn)) return false;
    this.main.renew(slot, epoch);
    return true;
  }

  #answer(cache: Cache, slot: number, source: 'main' | 'hot'): Answer {
    const deadline = cache.deadlineAt(slot) - (source === 'main' ? this.#graceMs : 0);
    return {
      value: cache.valueAt(slot),
      version: cache.versionAt(slot),
      ttlMs: deadline === Number.POSITIVE_INFINITY ? deadline : deadline - this.#clock.now(),
      source,
      servedBy: this.#self,
    };
  }
}
