// A named key space. What it does is in the files beside: reading.ts and writing.ts the two ways through it, loading.ts and
// fetching.ts where values come from, holdings.ts what is kept; this is what they look like together from outside.

import type { FlightReport, GroupReport, HeldReport, HotKey } from './admin.js';
import { changeLimits, type LimitChanges } from './changing-limits.js';
import type { Answer, CallOptions, Change, Entry, Invalidation, Timer, WriteResult } from './contracts.js';
import { CacheError } from './errors.js';
import { Fetching } from './fetching.js';
import type { GroupMeasures } from './group-measures.js';
import type { GroupOptions } from './group-options.js';
import { heldOf, hotKeysOf, measuredOf, openFlights } from './group-report.js';
import { GroupState } from './group-state.js';
import type { HeldEntry } from './held-entry.js';
import { ABSENT } from './holdings.js';
import { type Asker, answerInSpan, type Subject } from './in-span.js';
import type { LimitReport } from './limit-report.js';
import { Loading } from './loading.js';
import { Reading } from './reading.js';
import { type GroupStats, LastMinute, statsOf } from './stats.js';
import { checkGroupName, checkIsText, checkKey } from './validate.js';
import { type Restored, type RestoreOptions, WarmRestart } from './warm-restart.js';
import { Writing } from './writing.js';

const TICK_MS = 1_000; // expired entries are swept, and the last minute's hit ratio moves on
const NO_OPTIONS: CallOptions = {};

export class Group {
  readonly name: string;
  readonly #state: GroupState;
  readonly #loading: Loading;
  readonly #reading: Reading;
  readonly #fetching: Fetching;
  readonly #writing: Writing;
  readonly #warmRestart: WarmRestart | undefined;
  readonly #lastMinute = new LastMinute();
  #ticker: Timer;

  /** @throws {CacheError} `invalid_argument` for the name; {RangeError} for a limit that is none. */
  constructor(options: GroupOptions) {
    checkGroupName(options.name);
    this.name = options.name;
    this.#state = new GroupState(options);
    this.#warmRestart = options.warmRestart === true ? new WarmRestart(this.#state) : undefined;
    this.#loading = new Loading(this.#state, options.load, this.#warmRestart);
    this.#fetching = new Fetching(this.#state, this.#loading);
    this.#reading = new Reading(this.#state, this.#loading, this.#fetching);
    this.#writing = new Writing(this.#state, this.#loading, this.#fetching);
    this.#ticker = options.clock.setTimeout(() => this.#tick(), TICK_MS);
  }

  /**
   * Reads through the cache. The value is shared with other callers: read it, never write to it.
   * @throws {CacheError} `not_found` (the origin has no such key), `invalid_argument`, `deadline`, `unavailable`, and what
   * the loader throws.
   */
  get(key: string, given: CallOptions = NO_OPTIONS): Promise<Answer> {
    const { tracing } = this.#state;
    if (tracing === undefined) return this.#reading.get(key, given);
    const subject = { method: 'Get', group: this.name, key } as const;
    return answerInSpan(tracing, 'client', subject, given, (options) => this.#reading.get(key, options));
  }

  /**
   * A {@link get}, or for a peer a {@link serve}, if what this node holds answers it: at once, with no promise, and with slabs
   * no string made of the key and no copy of the value. undefined: it does not, or somebody hears of hits; nothing is counted,
   * go on with those.
   * @param bytes the key, in UTF-8, from start to end. @throws {CacheError} `not_found`, if that is what is held.
   * @param traceparent of the request, '': none. One that is to be recorded is for those, too.
   */
  answerHeld(
    bytes: Uint8Array,
    start: number,
    end: number,
    from: 'client' | 'peer',
    traceparent = '',
  ): HeldEntry | undefined {
    return this.#reading.answerHeld(bytes, start, end, from, traceparent);
  }

  /** {@link get} for many keys at once: an answer or an error for each, in their order. Never rejects. */
  getMany(keys: readonly string[], options: CallOptions = NO_OPTIONS): Promise<(Answer | CacheError)[]> {
    return Promise.all(keys.map((key) => this.get(key, options).catch((error: unknown) => CacheError.from(error))));
  }

  /**
   * What this node holds of the key, at once, with no promise: no load, no fetch, and no count among the gets.
   * @throws {CacheError} `invalid_argument`.
   */
  peek(key: string): Uint8Array | undefined {
    checkIsText(key);
    const held = this.#state.holdings.find(key);
    return isValue(held) ? held.value : undefined;
  }

  /**
   * Answers a peer as the key's owner: from what this node holds, else from the origin.
   * @throws {CacheError} what {@link get} throws; `not_owner`: this node does not act as the owner now.
   */
  serve(key: string, options: CallOptions = NO_OPTIONS): Promise<Answer> {
    return this.#serve(key, options, { asOwner: true });
  }

  /**
   * Answers a peer of a dialect that knows no `not_owner`, whoever owns the key: as {@link serve}, but what is loaded for another
   * owner is not kept. Errors as with {@link get}.
   */
  serveAnyone(key: string, options: CallOptions = NO_OPTIONS): Promise<Answer> {
    return this.#serve(key, options, { asOwner: false });
  }

  /**
   * Returns what this node holds of the key and may serve now; not counted as a read, which would keep it longer.
   * @throws {CacheError} `invalid_argument`.
   */
  held(key: string): Entry | undefined {
    checkIsText(key);
    const held = this.#state.holdings.locate(key);
    return isValue(held) ? held : undefined;
  }

  /**
   * Hands an entry over to the member that owns its key now. It is not counted as a read, which would keep it longer. undefined:
   * this node held none when it last owned the key, and the owner before it neither.
   * @throws {CacheError} `invalid_argument`; `unavailable`: the owner before this one does not answer.
   */
  async handOver(key: string, options: CallOptions = NO_OPTIONS): Promise<Entry | undefined> {
    checkKey(key);
    return this.#loading.handOver(key, options);
  }

  /**
   * Makes a change at the key's owner. If no owner acts, a delete is done from here, and all members are told, the answer being
   * `partial`; a set fails, since nobody would keep it.
   * @throws {CacheError} `invalid_argument`, `too_large`, `unavailable`, `deadline`.
   */
  write(change: Change, given: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    return this.#inSpan('client', this.#state.subjectOf(change), given, (options) => {
      return this.#writing.write(change, options);
    });
  }

  /** Deletes many keys at once: a result or an error for each, in their order. Never rejects. */
  deleteMany(keys: readonly string[], options: CallOptions = NO_OPTIONS): Promise<(WriteResult | CacheError)[]> {
    return Promise.all(
      keys.map((key) => this.write({ op: 'delete', key }, options).catch((error: unknown) => CacheError.from(error))),
    );
  }

  /** Makes a change as the key's owner, for a peer. Errors as with {@link write}, and `not_owner`. */
  own(change: Change, given: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    return this.#inSpan('peer', this.#state.subjectOf(change), given, (options) => this.#writing.own(change, options));
  }

  /** Drops what this node holds of a key, or of every key, and fences its flights, for the peer that wrote. */
  drop(invalidation: Invalidation, options: CallOptions = NO_OPTIONS): void {
    this.#writing.drop(invalidation, options);
  }

  /** Returns what grows with what is asked of the group. */
  limits(): LimitReport[] {
    const { holdings, measures } = this.#state;
    const all = [
      ...holdings.limits(),
      ...this.#loading.limits(),
      ...this.#reading.limits(),
      ...this.#fetching.flights.limits('fetches'),
      ...measures.failures.limits(),
    ];
    return all.map(({ name, ...more }) => ({ name: `${this.name}: ${name}`, ...more }));
  }

  /**
   * Deletes every key, on every member. The values in the origin stay, and are loaded when they are asked for.
   * @throws {CacheError} `unavailable`: this node has no sure place among the others, and so cannot tell them.
   */
  clear(given: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    const subject = { method: 'Clear', group: this.name, key: '' } as const;
    return this.#inSpan('client', subject, given, (options) => {
      return this.#writing.clear(this.#state.named(this.#state.received('', options, 'client')));
    });
  }

  /** Drops what this node holds, and keeps every flight from storing; other members are not told. */
  forgetAll(): void {
    this.#writing.forgetAll();
  }

  /**
   * What this node owns and holds, as a stream for {@link restore} of the process that comes after this one; to be called once
   * the node has left the ring and serves nobody. What is written meanwhile may be missing.
   * @param savedAt the wall clock, in ms since 1970.
   * @throws {CacheError} `invalid_argument`: the group was made without `warmRestart`.
   */
  dump(savedAt: number): AsyncGenerator<Uint8Array, void> {
    return this.#restartable().dump(savedAt);
  }

  /**
   * Takes in a {@link dump}, once, while there is room: entries that this node owns now and that have some life left, but no
   * key that it holds, or that was written, since it began. It can have missed writes that were made while it was away.
   * @param open gives the dump from its beginning; it is read twice, so that nothing of a damaged one is held.
   * @throws {CacheError} `invalid_argument`: the dump is damaged, none, or another group's, or this group was made without
   * `warmRestart`; `unavailable`: this node may keep nothing yet, so try again; and what `open` and the signal throw.
   */
  async restore(open: () => AsyncIterable<Uint8Array>, options: RestoreOptions): Promise<Restored> {
    return this.#restartable().restore(open, options);
  }

  /** The limit of memory at present, copies of others' entries included. */
  get maxBytes(): number {
    return this.#state.limits.maxBytes;
  }

  /**
   * Sets another; what no longer fits is gone when it returns, about a microsecond an entry.
   * @throws {RangeError} if it is below 1 KiB.
   */
  resize({ maxBytes }: { maxBytes: number }): void {
    this.change({ maxBytes });
  }

  /**
   * Puts other limits in force, all or none: see {@link changeLimits}.
   * @throws {RangeError} that names the limit.
   */
  change(limits: LimitChanges): void {
    changeLimits(this.#state.limits, this.#state.holdings, limits);
  }

  /** Reads, by clients and peers, of the keys that this node owns. */
  get ownRequests(): number {
    return this.#state.holdings.demand.reads;
  }

  /**
   * Part of {@link ownRequests} of late that would miss with such a limit, 0 to 1, as far as requests show; undefined: too few
   * yet. It is what LRU would miss, and of any other policy an estimate; beyond four times the present limit it is flat.
   */
  missRatioAt(maxBytes: number): number | undefined {
    return this.#state.holdings.missRatioAt(maxBytes);
  }

  stats(): GroupStats {
    return statsOf(this.name, this.#state, this.#lastMinute);
  }

  /** What is counted beside {@link stats}. */
  get measures(): GroupMeasures {
    return this.#state.measures;
  }

  /** Answers to clients and peers that came from copies of others' entries. */
  get hotReads(): number {
    return this.#state.holdings.hotReads;
  }

  /** Flights in progress that can be joined. */
  get flights(): { readonly loads: number; readonly fetches: number } {
    return { loads: this.#loading.flights.size, fetches: this.#fetching.flights.size };
  }

  /** {@link stats} and what an operator asks for besides. @param now the wall clock, in ms since 1970. */
  report(now: number): GroupReport {
    return { ...this.stats(), flights: this.flights, ...measuredOf(this.#state, now) };
  }

  /** Of those in progress the oldest of each kind, the oldest first; at most so many of each. */
  flightReports(limit: number): FlightReport[] {
    const now = this.#state.clock.now(); // one for all: ages are compared
    return [
      ...openFlights(this.#state, 'load', this.#loading.flights, { limit, now }),
      ...openFlights(this.#state, 'fetch', this.#fetching.flights, { limit, now }),
    ];
  }

  /** What this node holds of the key, expired or absent too; not counted as a read. @throws {CacheError} `invalid_argument`. */
  inspect(key: string): HeldReport | undefined {
    checkKey(key);
    return heldOf(this.#state, key);
  }

  /** Those that were read most often here within the last minute, the most popular first. */
  hotKeys(limit: number): HotKey[] {
    return hotKeysOf(this.#state, limit);
  }

  /** Stops the group's own timer; flights in progress end by themselves. */
  close(): void {
    this.#ticker.cancel();
  }

  #serve(key: string, given: CallOptions, how: { asOwner: boolean }): Promise<Answer> {
    const { tracing } = this.#state;
    if (tracing === undefined) return this.#reading.serve(key, given, how);
    const subject = { method: 'Get', group: this.name, key } as const;
    return answerInSpan(tracing, 'peer', subject, given, (options) => this.#reading.serve(key, options, how));
  }

  #restartable(): WarmRestart {
    if (this.#warmRestart !== undefined) return this.#warmRestart;
    throw new CacheError('invalid_argument', `group ${this.name} was made without warmRestart`);
  }

  /** Writes alone: a read that is not recorded should not make so much as a function. */
  #inSpan(from: Asker, subject: Subject, given: CallOptions, write: (options: CallOptions) => Promise<WriteResult>) {
    const { tracing } = this.#state;
    return tracing === undefined ? write(given) : answerInSpan(tracing, from, subject, given, write);
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
