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

import type { FlightReport, GroupReport, HeldReport, HotKey } from './admin.js';
import { changeLimits, type LimitChanges } from './changing-limits.js';
import type { Answer, CallOptions, Change, Entry, Timer, WriteResult } from './contracts.js';
import { CacheError, nobodyAnswered } from './errors.js';
import { Fetching } from './fetching.js';
import { waitFor } from './flights.js';
import { Freshness } from './freshness.js';
import type { GroupMeasures } from './group-measures.js';
import type { GroupOptions } from './group-options.js';
import { heldOf, hotKeysOf, measuredOf, openFlights } from './group-report.js';
import { GroupState } from './group-state.js';
import type { HeldEntry } from './held-entry.js';
import { ABSENT } from './holdings.js';
import { answerInSpan, isToBeRecorded, type Subject, startAsking, within } from './in-span.js';
import { Loading, notFound } from './loading.js';
import type { Member } from './member.js';
import { type GroupStats, LastMinute, statsOf } from './stats.js';
import { checkGroupName, checkKey } from './validate.js';
import { type Restored, type RestoreOptions, WarmRestart } from './warm-restart.js';
import { Writing } from './writing.js';

const TICK_MS = 1_000; // expired entries are swept, and the last minute's hit ratio moves on
const NO_OPTIONS: CallOptions = {};
const decoder = new TextDecoder();

export class Group {
  readonly name: string;
  readonly #state: GroupState;
  readonly #loading: Loading;
  readonly #freshness: Freshness;
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
  get(key: string, given: CallOptions = NO_OPTIONS): Promise<Answer> {
    const { tracing } = this.#state;
    if (tracing === undefined) return this.#get(key, given);
    const subject = { method: 'Get', group: this.name, key } as const;
    return answerInSpan(tracing, 'client', subject, given, (options) => this.#get(key, options));
  }

  async #get(key: string, given: CallOptions): Promise<Answer> {
    const received = this.#received(key, given, 'client');
    const held = this.#state.holdings.find(key);
    if (held !== undefined && held.ttlMs > 0) {
      this.#state.counters.hits++;
      return this.#answerHeld(key, held, received);
    }
    checkKey(key);
    this.#state.counters.misses++;
    this.#state.holdings.missed(key);
    const startedAt = this.#state.clock.now();
    const options = this.#state.named(received);
    const owner = this.#pickOwner(key, options);
    if (owner === undefined) this.#state.holdings.demand.missed(key);
    const answer =
      owner === undefined ? this.#freshness.load(key, held, options) : this.#fetching.join(key, owner, options);
    try {
      return await waitFor(answer, options, this.#state.clock);
    } finally {
      this.#state.measures.missMs.record(this.#state.clock.now() - startedAt);
    }
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
    const { tracing } = this.#state;
    if (this.#state.hears('hit')) return undefined;
    if (tracing !== undefined && isToBeRecorded(tracing, traceparent, from)) return undefined;
    const held = this.#state.holdings.findBytes(bytes, start, end);
    if (held === undefined || !(held.ttlMs > 0)) return undefined;
    const { counters, limits } = this.#state;
    if (from === 'client') {
      counters.hits++;
      if (tracing !== undefined && traceparent === '') tracing.passed();
    } else {
      counters.serves++;
      counters.serveHits++;
    }
    if (held.isAbsent) throw notFound(decoder.decode(bytes.subarray(start, end)));
    if (held.ttlMs < limits.refreshAheadMs) {
      this.#freshness.afterHit(decoder.decode(bytes.subarray(start, end)), held.ttlMs, held.source, NO_OPTIONS);
    }
    return held;
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
  serve(key: string, given: CallOptions = NO_OPTIONS): Promise<Answer> {
    const { tracing } = this.#state;
    if (tracing === undefined) return this.#serve(key, given);
    const subject = { method: 'Get', group: this.name, key } as const;
    return answerInSpan(tracing, 'peer', subject, given, (options) => this.#serve(key, options));
  }

  async #serve(key: string, given: CallOptions): Promise<Answer> {
    const received = this.#received(key, given, 'peer');
    this.#state.counters.serves++;
    const held = this.#state.holdings.find(key);
    if (held !== undefined && held.ttlMs > 0) {
      this.#state.counters.serveHits++;
      return this.#answerHeld(key, held, received);
    }
    checkKey(key);
    const options = this.#state.named(received);
    this.#state.holdings.missed(key);
    this.#state.holdings.demand.missed(key); // whoever asks takes this member for the owner
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
   * Makes a change at the key's owner. If nobody answers there, or the owner leaves or has no sure place yet, a delete is done
   * from here, and the owner is told like any other; a set fails, since nobody would keep it.
   * @throws {CacheError} `invalid_argument`, `too_large`, `unavailable`, `deadline`.
   */
  write(change: Change, given: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    const { tracing } = this.#state;
    if (tracing === undefined) return this.#write(change, given);
    return answerInSpan(tracing, 'client', this.#subjectOf(change), given, (options) => this.#write(change, options));
  }

  async #write(change: Change, given: CallOptions): Promise<WriteResult> {
    this.#writing.check(change);
    const options = this.#state.named(this.#received(change.key, given, 'client'));
    const owner = this.#pickOwner(change.key, options);
    if (owner === undefined) return this.#writing.own(change, options);
    const span = startAsking(this.#state.tracing, owner, this.#subjectOf(change), options.trace);
    const call = span === undefined ? options : within(options, span.context);
    try {
      const result = await this.#state.peers.client(owner).write(this.name, change, call);
      span?.end();
      this.#writing.drop(change.key, result.version, options); // this node may not be in the owner's ring yet
      return result;
    } catch (error) {
      span?.end(error);
      if (change.op === 'set' || !(nobodyAnswered(error) || isUnavailable(error))) throw error;
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
  own(change: Change, given: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    const { tracing } = this.#state;
    if (tracing === undefined) return this.#writing.own(change, given);
    const own = (options: CallOptions) => this.#writing.own(change, options);
    return answerInSpan(tracing, 'peer', this.#subjectOf(change), given, own);
  }

  /** Drops this node's copies of a key, or of every key, and fences their flights, for the peer that wrote. */
  drop(key: string | undefined, version: number, options: CallOptions = NO_OPTIONS): void {
    this.#writing.drop(key, version, options);
  }

  /**
   * Deletes every key, on every member. The values in the origin stay, and are loaded when they are asked for.
   * @throws {CacheError} `unavailable`: this node has no sure place among the others, and so cannot tell them.
   */
  clear(given: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    const { tracing } = this.#state;
    if (tracing === undefined) return this.#clear(given);
    const subject = { method: 'Clear', group: this.name, key: '' } as const;
    return answerInSpan(tracing, 'client', subject, given, (options) => this.#clear(options));
  }

  #clear(given: CallOptions): Promise<WriteResult> {
    return this.#writing.clear(this.#state.named(this.#received('', given, 'client')));
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

  /** Sets another; what no longer fits is gone when it returns, about a microsecond an entry. @throws {RangeError} if it is below 1 KiB. */
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
    return [
      ...openFlights(this.#state, 'load', this.#loading.flights, limit),
      ...openFlights(this.#state, 'fetch', this.#fetching.flights, limit),
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

  #restartable(): WarmRestart {
    if (this.#warmRestart !== undefined) return this.#warmRestart;
    throw new CacheError('invalid_argument', `group ${this.name} was made without warmRestart`);
  }

  #subjectOf({ op, key }: Change): Subject {
    return { method: op === 'set' ? 'Set' : 'Delete', group: this.name, key };
  }

  #received(key: string, options: CallOptions, from: 'client' | 'peer'): CallOptions {
    if (!this.#state.hears('received')) return options;
    const named = this.#state.named(options);
    this.#state.tell(key, named, { step: 'received', from });
    return named;
  }

  #answerHeld(key: string, held: Answer, options: CallOptions): Answer {
    if (this.#state.hears('hit'))
      this.#state.tell(key, options, { step: 'hit', from: held.source === 'main' ? 'main' : 'hot' });
    if (held.value === ABSENT) throw notFound(key);
    this.#freshness.afterHit(key, held.ttlMs, held.source, options);
    return held;
  }

  /** undefined: this node. */
  #pickOwner(key: string, options: CallOptions): Member | undefined {
    const { ring, self } = this.#state.peers;
    const owner = ring.owner(key);
    if (this.#state.hears('pick')) {
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

function isUnavailable(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'unavailable';
}
