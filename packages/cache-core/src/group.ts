// A named key space, and the way of a read through it:
//
//   get    (clients)  held here → answer; owner is me → load; owner is another → fetch from it
//   serve  (peers)    held here → answer; else load, whoever owns it: it never asks a third member, so members whose rings
//                     disagree cannot wait for each other
//
// Loads and fetches have separate flights for the same reason: with one map, two members that each take the other for the
// owner would each join the flight that waits for the other.
//
// There is no `await` between looking in the cache and joining a flight, and a value is stored before its flight ends: so a
// key is either held, or in flight, or nobody has asked for it.

import type { Answer, CallOptions, Change, Entry, Timer, WriteResult } from './contracts.js';
import { CacheError } from './errors.js';
import { Fetching, nobodyAnswered } from './fetching.js';
import { waitFor } from './flights.js';
import { Freshness } from './freshness.js';
import type { GroupOptions } from './group-options.js';
import { GroupState } from './group-state.js';
import { ABSENT } from './holdings.js';
import { Loading, notFound } from './loading.js';
import type { Member } from './member.js';
import { type GroupStats, LastMinute, ratioOf } from './stats.js';
import { checkGroupName, checkKey } from './validate.js';
import { Writing } from './writing.js';

const TICK_MS = 1_000; // expired entries are swept, and the last minute's hit ratio moves on
const NO_OPTIONS: CallOptions = {};

export class Group {
  readonly name: string;
  readonly #state: GroupState;
  readonly #loading: Loading;
  readonly #freshness: Freshness;
  readonly #fetching: Fetching;
  readonly #writing: Writing;
  readonly #lastMinute = new LastMinute();
  #ticker: Timer;

  /** @throws {CacheError} `invalid_argument` for the name; {RangeError} for a limit that is none. */
  constructor(options: GroupOptions) {
    checkGroupName(options.name);
    this.name = options.name;
    this.#state = new GroupState(options);
    this.#loading = new Loading(this.#state, options.load);
    this.#freshness = new Freshness(this.#state, this.#loading);
    this.#fetching = new Fetching(this.#state, this.#loading);
    this.#writing = new Writing(this.#state, this.#loading, this.#fetching);
    this.#ticker = options.clock.setTimeout(() => this.#tick(), TICK_MS);
  }

  /**
   * Reads through the cache. The value is shared with other callers: read it, never write to it.
   * @throws {CacheError} `not_found` (the origin has no such key), `invalid_argument`, `deadline`, `unavailable`, and what
   * the loader throws.
   */
  async get(key: string, given: CallOptions = NO_OPTIONS): Promise<Answer> {
    const options = this.#received(key, given, 'client');
    const held = this.#state.holdings.find(key);
    if (held !== undefined && held.ttlMs > 0) {
      this.#state.counters.hits++;
      return this.#answerHeld(key, held, options);
    }
    checkKey(key);
    this.#state.counters.misses++;
    const owner = this.#pickOwner(key, options);
    const answer =
      owner === undefined ? this.#freshness.load(key, held, options) : this.#fetching.join(key, owner, options);
    return waitFor(answer, options, this.#state.clock);
  }

  /** {@link get} for many keys at once: an answer or an error for each, in their order. Never rejects. */
  getMany(keys: readonly string[], options: CallOptions = NO_OPTIONS): Promise<(Answer | CacheError)[]> {
    return Promise.all(keys.map((key) => this.get(key, options).catch((error: unknown) => CacheError.from(error))));
  }

  /** What this node holds of the key, at once, with no promise: no load, no fetch, and no count among the gets. */
  peek(key: string): Uint8Array | undefined {
    const held = this.#state.holdings.find(key);
    return isValue(held) ? held.value : undefined;
  }

  /** Answers a peer: from what this node holds, else from the origin. Errors as with {@link get}. */
  async serve(key: string, given: CallOptions = NO_OPTIONS): Promise<Answer> {
    const options = this.#received(key, given, 'peer');
    this.#state.counters.serves++;
    const held = this.#state.holdings.find(key);
    if (held !== undefined && held.ttlMs > 0) {
      this.#state.counters.serveHits++;
      return this.#answerHeld(key, held, options);
    }
    checkKey(key);
    return waitFor(this.#freshness.load(key, held, options), options, this.#state.clock);
  }

  /**
   * What this node holds, for a peer's peek: not a read, which would keep it longer.
   * @throws {CacheError} `invalid_argument`.
   */
  held(key: string): Entry | undefined {
    const held = this.#state.holdings.locate(key);
    if (held === undefined) checkKey(key);
    return isValue(held) ? held : undefined;
  }

  /**
   * Makes a change at the key's owner. If nobody answers there, a delete is done from here, and the owner is among the
   * missing; a set fails, since nobody would keep it.
   * @throws {CacheError} `invalid_argument`, `too_large`, `unavailable`, `deadline`.
   */
  async write(change: Change, given: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    this.#writing.check(change);
    const options = this.#received(change.key, given, 'client');
    const owner = this.#pickOwner(change.key, options);
    if (owner === undefined) return this.#writing.own(change, options);
    try {
      const result = await this.#state.peers.client(owner).write(this.name, change, options);
      this.#writing.drop(change.key, result.version, options); // this node may not be in the owner's ring yet
      return result;
    } catch (error) {
      if (change.op === 'set' || !nobodyAnswered(error)) throw error;
      return this.#writing.own(change, options);
    }
  }

  /** Deletes many keys at once: a result or an error for each, in their order. Never rejects. */
  deleteMany(keys: readonly string[], options: CallOptions = NO_OPTIONS): Promise<(WriteResult | CacheError)[]> {
    return Promise.all(
      keys.map((key) => this.write({ op: 'delete', key }, options).catch((error: unknown) => CacheError.from(error))),
    );
  }

  /** Makes a change as the key's owner, for a peer. Errors as with {@link write}. */
  own(change: Change, options: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    return this.#writing.own(change, options);
  }

  /** Drops this node's copies of a key and fences its flights, for the peer that wrote it. */
  drop(key: string, version: number, options: CallOptions = NO_OPTIONS): void {
    this.#writing.drop(key, version, options);
  }

  /** Drops everything, and keeps every flight from storing: what a node must do that may have missed writes. */
  clear(): void {
    this.#loading.flights.fenceAll();
    this.#fetching.flights.fenceAll();
    this.#state.holdings.clear();
  }

  stats(): GroupStats {
    const { counters, holdings, limits } = this.#state;
    const gets = counters.hits + counters.misses;
    return {
      group: this.name,
      gets,
      ...counters,
      removals: holdings.removals(),
      bytes: holdings.main.bytes,
      maxBytes: limits.maxBytes,
      entries: holdings.main.size,
      hotBytes: holdings.hot.bytes,
      hotEntries: holdings.hot.size,
      hitRatio: ratioOf(counters.hits, gets),
      hitRatioMinute: this.#lastMinute.ratio(counters.hits, gets),
    };
  }

  /** Flights in progress that can be joined. */
  get flights(): { readonly loads: number; readonly fetches: number } {
    return { loads: this.#loading.flights.size, fetches: this.#fetching.flights.size };
  }

  /** Stops the group's own timer; flights in progress end by themselves. */
  close(): void {
    this.#ticker.cancel();
  }

  #received(key: string, options: CallOptions, from: 'client' | 'peer'): CallOptions {
    if (!this.#state.observed) return options;
    const named = this.#state.named(options);
    this.#state.tell(key, named, { step: 'received', from });
    return named;
  }

  #answerHeld(key: string, held: Answer, options: CallOptions): Answer {
    if (this.#state.observed)
      this.#state.tell(key, options, { step: 'hit', from: held.source === 'main' ? 'main' : 'hot' });
    if (held.value === ABSENT) throw notFound(key);
    this.#freshness.afterHit(key, held, options);
    return held;
  }

  /** undefined: this node. */
  #pickOwner(key: string, options: CallOptions): Member | undefined {
    const { ring, self } = this.#state.peers;
    const owner = ring.owner(key);
    if (this.#state.observed) {
      const { hash, point } = ring.locate(key);
      this.#state.tell(key, options, { step: 'pick', hash, point, owner: owner.id, self: owner.id === self.id });
    }
    return owner.id === self.id ? undefined : owner;
  }

  #tick(): void {
    const { counters, holdings, clock } = this.#state;
    this.#lastMinute.tick(counters.hits, counters.hits + counters.misses);
    holdings.collect();
    this.#ticker = clock.setTimeout(() => this.#tick(), TICK_MS);
  }
}

function isValue(held: Answer | undefined): held is Answer {
  return held !== undefined && held.value !== ABSENT && held.ttlMs > 0;
}
