// What a node holds of one group: main, the entries it owns, and hot, short-lived copies of popular entries that others own.
// Hot has a limit of its own within the group's, so that copies never push out what is owned.

import { ABSENT, Cache, REMOVAL_CAUSES, type RemovalCause } from '@ringcache/engine';
import type { CurvePoint, PolicyName } from '@ringcache/policies';

import type { Answer, Clock, Entry } from './contracts.js';
import { Demand } from './demand.js';
import { HeldEntry } from './held-entry.js';
import type { LimitReport } from './limit-report.js';
import type { Peers } from './peers.js';
import { Popularity } from './popularity.js';
import { TopKeys } from './top-keys.js';

/** That the origin has no such key, cached: told from every value, the empty one too, by identity. */
export { ABSENT };

export interface HoldingsOptions {
  clock: Clock;
  /** What this node owns, and whether it may serve it. */
  peers: Peers;
  policy: PolicyName;
  store: 'heap' | 'slabs';
  /** Of the hash of keys; 32 bits. */
  hashSeed: number;
  maxBytes: number;
  maxEntries: number;
  /** Hot's part of both limits, 0 to 1. */
  hotShare: number;
  /** How long a copy in hot lives at most, in ms. */
  hotTtlMs: number;
  /** How long an entry of main is kept after it has expired, in ms. */
  graceMs: number;
}

const SWEEPS_FOR_ALL = 16; // an expired entry that nobody asks for is gone after so many sweeps
const MIN_SWEEP = 4096; // slots; a few microseconds

export class Holdings {
  readonly main: Cache;
  readonly hot: Cache;
  /** For the keys that this member owns. */
  readonly demand: Demand;
  /** Of the keys that others own. */
  readonly popularity: Popularity;
  /** Of all reads, those that found nothing too: {@link missed} tells of them. */
  readonly topKeys = new TopKeys();
  /** Reads that found a copy in hot. */
  hotReads = 0;
  readonly #self: string;
  readonly #found: HeldEntry; // the last one that findBytes() gave
  readonly #peers: Peers;
  #graceMs: number;
  readonly #hotShare: number;
  readonly #copies: boolean; // the store does
  #isolations = 0; // of this member, when what is held was stored

  constructor(options: HoldingsOptions) {
    const { clock, policy, store, maxBytes, maxEntries, hotShare, hotTtlMs, hashSeed } = options;
    const now = () => clock.now();
    this.main = new Cache({
      now,
      policy,
      store,
      hashSeed,
      ages: true, // for the operator who asks why a value is what it is
      maxBytes: maxBytes * (1 - hotShare),
      maxEntries: Math.max(1, Math.round(maxEntries * (1 - hotShare))),
    });
    this.hot = new Cache({
      now,
      policy: 's3-fifo', // a hit costs it least, and with less room than popular keys the most popular stay
      store,
      hashSeed,
      ages: true,
      maxBytes: maxBytes * hotShare,
      maxEntries: Math.max(1, Math.round(maxEntries * hotShare)),
    });
    this.demand = new Demand(this.main, clock, this.main.maxBytes);
    this.popularity = new Popularity({ clock, hotTtlMs, hotBytes: this.hot.maxBytes });
    this.#hotShare = hotShare;
    this.#copies = store === 'slabs';
    this.#self = options.peers.self.id;
    this.#found = new HeldEntry(this.#self);
    this.#peers = options.peers;
    this.#graceMs = options.graceMs;
  }

  /**
   * The entry as an answer, its value perhaps {@link ABSENT}, its `ttlMs` not above 0 if it has expired and its grace has not;
   * counted as a read. Main only while this member acts as its owner, a copy while its owner's grant holds.
   */
  find(key: string): Answer | undefined {
    if (!this.#mayServe()) return undefined;
    return this.#inMain(this.main.find(key)) ?? this.#inHot(this.hot.find(key));
  }

  /** As {@link find}, for a key in UTF-8 from start to end: where it lies, of which slabs make neither string nor copy. */
  findBytes(bytes: Uint8Array, start: number, end: number): HeldEntry | undefined {
    if (!this.#mayServe()) return undefined;
    const inMain = this.main.findBytes(bytes, start, end);
    if (inMain !== 0 && this.#isOurs(inMain)) {
      const found = this.#found.pointTo(this.main, inMain, 'main', this.#graceMs);
      if (found.ttlMs > 0) this.demand.hit(inMain, found.ttlMs);
      if (this.topKeys.isSampled()) this.topKeys.sample(this.main.keyAt(inMain));
      return found;
    }
    const inHot = this.hot.findBytes(bytes, start, end);
    if (inHot === 0 || !this.#isGranted(inHot)) return undefined;
    this.hotReads++;
    this.popularity.count(this.hot.hashAt(inHot));
    if (this.topKeys.isSampled()) this.topKeys.sample(this.hot.keyAt(inHot));
    return this.#found.pointTo(this.hot, inHot, 'hot', 0);
  }

  /** A read that found nothing. */
  missed(key: string): void {
    if (this.topKeys.isSampled()) this.topKeys.sample(key);
  }

  /** As {@link find}, not counted as a read. */
  locate(key: string): Answer | undefined {
    if (!this.#mayServe()) return undefined;
    const inMain = this.main.locate(key);
    if (inMain !== 0 && this.#isOurs(inMain)) return this.#answer(this.main, inMain, 'main');
    const inHot = this.hot.locate(key);
    if (inHot !== 0 && this.#isGranted(inHot)) return this.#answer(this.hot, inHot, 'hot');
    return undefined;
  }

  /** The entry as this member held it when it last owned the key, for the next owner. */
  handOver(key: string): Entry | undefined {
    this.#dropIfIsolated();
    const slot = this.main.locate(key);
    if (slot === 0 || !this.#peers.ownership.ownedUntilLost(key, this.main.epochAt(slot))) return undefined;
    const { value, version, ttlMs } = this.#answer(this.main, slot, 'main');
    return value === ABSENT || ttlMs <= 0 ? undefined : { value, version, ttlMs };
  }

  /** ms since this member stored what {@link locate} gives, to a second. */
  ageOf(key: string): number | undefined {
    const inMain = this.main.locate(key);
    return inMain !== 0 ? this.main.ageAt(inMain) : this.hot.ageAt(this.hot.locate(key));
  }

  /**
   * Stores in one of the two and drops the other's copy.
   * @param epoch when the entry was asked for: of the ownership, and for a copy of the owner's grant.
   * @returns false: it is larger than that cache, or may not be kept.
   */
  keep(where: 'main' | 'hot', key: string, value: Uint8Array, version: number, ttlMs: number, epoch: number): boolean {
    this.#dropIfIsolated();
    if (where === 'main' ? !this.#mayKeep(key, epoch) : !this.#mayServe() || !this.#peers.isGrantLive(epoch))
      return false;
    const [to, other] = where === 'main' ? [this.main, this.hot] : [this.hot, this.main];
    other.delete(key);
    const graceMs = where === 'main' ? this.#graceMs : 0;
    // A copy: the caller may use its buffer again, and a part of a message would keep all of it alive.
    const kept = this.#copies || value === ABSENT ? value : new Uint8Array(value);
    const keptIn = where === 'main' ? this.#peers.ownership.epoch : epoch;
    if (!to.set(key, kept, ttlMs + graceMs, version, keptIn)) return false;
    if (where === 'main') this.demand.stored(key, ttlMs, version > 0);
    return true;
  }

  /** Whether an entry can be in main at all; the most asked for may still leave no room for it. */
  hasRoomFor(key: string, value: Uint8Array): boolean {
    return this.main.hasRoomFor(key, value);
  }

  limits(): LimitReport[] {
    const ofCache = (name: string, { bytes, maxBytes, size, maxEntries }: Cache) => [
      { name: `${name}, bytes`, size: bytes, limit: maxBytes },
      ...(maxEntries === Number.POSITIVE_INFINITY ? [] : [{ name: `${name}, entries`, size, limit: maxEntries }]),
    ];
    return [...ofCache('main', this.main), ...ofCache('copies', this.hot), ...this.topKeys.limits()];
  }

  drop(key: string): boolean {
    this.demand.dropped(key);
    const inMain = this.main.delete(key);
    const inHot = this.hot.delete(key);
    return inMain || inHot;
  }

  clear(): void {
    this.topKeys.clear();
    this.demand.cleared();
    this.main.clear();
    this.hot.clear();
  }

  /**
   * Main's live entries that this member owned all the time, or until it left the ring; none if they may have missed a write.
   * Asked once at the beginning: what is iterated afterwards may come and go.
   */
  owned(): Iterable<Entry & { readonly key: string }> {
    this.#dropIfIsolated();
    return this.#peers.mayHandOver ? this.#owned() : [];
  }

  /** Sets the limit of both together; hot keeps its share. What no longer fits is gone when it returns. */
  resize(maxBytes: number): void {
    this.main.resize({ maxBytes: maxBytes * (1 - this.#hotShare) });
    this.hot.resize({ maxBytes: maxBytes * this.#hotShare });
    this.demand.resized(this.main.maxBytes);
  }

  /** As {@link resize}, of entries; `Infinity`: no limit. */
  limitEntries(maxEntries: number): void {
    this.main.resize({ maxEntries: Math.max(1, Math.round(maxEntries * (1 - this.#hotShare))) });
    this.hot.resize({ maxEntries: Math.max(1, Math.round(maxEntries * this.#hotShare)) });
  }

  /**
   * Main's entries stay for at least so long after they have expired. Never less than before: what is stored has its grace in
   * its deadline, and with less it would seem to live that much longer.
   */
  extendGrace(graceMs: number): void {
    if (graceMs <= this.#graceMs) return;
    this.main.postpone(graceMs - this.#graceMs);
    this.#graceMs = graceMs;
  }

  /** Copies live so long from now on. Those that are there go: they may live longer than a writer would say. */
  limitCopies(hotTtlMs: number): void {
    this.popularity.copiesLive(hotTtlMs);
    this.hot.clear();
  }

  /** What part of the reads of owned keys would miss with such a limit of both together; undefined: not known yet. */
  missRatioAt(maxBytes: number): number | undefined {
    return this.demand.missRatioAt(maxBytes * (1 - this.#hotShare));
  }

  /** {@link missRatioAt} as a curve, smallest limit first, up to four times the present one; []: not known yet. */
  missRatioCurve(points: number): CurvePoint[] {
    return this.demand
      .curve(points)
      .map(({ bytes, missRatio }) => ({ bytes: bytes / (1 - this.#hotShare), missRatio }));
  }

  /** Sweeps a slice of both for expired entries, and lets popularity fade. */
  collect(): void {
    this.#dropIfIsolated();
    this.popularity.age();
    this.topKeys.tick();
    for (const cache of [this.main, this.hot]) cache.collect(Math.max(MIN_SWEEP, cache.slots / SWEEPS_FOR_ALL));
  }

  removals(): Record<RemovalCause, number> {
    const sum = { ...this.main.removals };
    for (const cause of REMOVAL_CAUSES) sum[cause] += this.hot.removals[cause];
    return sum;
  }

  *#owned(): Generator<Entry & { readonly key: string }, void> {
    for (const key of this.main.keys()) {
      const entry = this.handOver(key);
      if (entry !== undefined) yield { key, ...entry };
    }
  }

  /** Whether anything that is held may be served now. */
  #mayServe(): boolean {
    if (this.#peers.ownership.isolations !== this.#isolations) this.#dropIfIsolated();
    return this.#peers.mayAct;
  }

  /** What is held may have missed writes once this member was isolated. */
  #dropIfIsolated(): void {
    const { isolations } = this.#peers.ownership;
    if (isolations === this.#isolations) return;
    this.clear();
    this.#isolations = isolations;
  }

  #mayKeep(key: string, epoch: number): boolean {
    return this.#peers.actsAsOwner(key) && this.#peers.ownership.ownedSince(key, epoch);
  }

  #inMain(slot: number): Answer | undefined {
    if (slot === 0 || !this.#isOurs(slot)) return undefined;
    const answer = this.#answer(this.main, slot, 'main');
    if (answer.ttlMs > 0) this.demand.hit(slot, answer.ttlMs);
    if (this.topKeys.isSampled()) this.topKeys.sample(this.main.keyAt(slot));
    return answer;
  }

  #inHot(slot: number): Answer | undefined {
    if (slot === 0 || !this.#isGranted(slot)) return undefined;
    this.hotReads++;
    this.popularity.count(this.hot.hashAt(slot));
    if (this.topKeys.isSampled()) this.topKeys.sample(this.hot.keyAt(slot));
    return this.#answer(this.hot, slot, 'hot');
  }

  /** Whether this member, which may act, acts as the owner of an entry in main, and has owned it since it was stored. */
  #isOurs(slot: number): boolean {
    const { ownership } = this.#peers;
    const storedIn = this.main.epochAt(slot);
    if (storedIn !== ownership.epoch) {
      if (!ownership.ownedSince(this.main.keyAt(slot), storedIn)) return false;
      this.main.renew(slot, ownership.epoch);
    }
    return this.#peers.isActive || ownership.ownedBefore(this.main.keyAt(slot));
  }

  #isGranted(slot: number): boolean {
    return this.#peers.isGrantLive(this.hot.epochAt(slot));
  }

  #answer(cache: Cache, slot: number, source: 'main' | 'hot'): Answer {
    return {
      value: cache.valueAt(slot),
      version: cache.versionAt(slot),
      ttlMs: cache.ttlAt(slot) - (source === 'main' ? this.#graceMs : 0),
      source,
      servedBy: this.#self,
    };
  }
}
