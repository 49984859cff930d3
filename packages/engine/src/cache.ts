// A bounded map from keys to values. Three parts, all by slot: Entries hold keys and values, Facts what is known of them besides,
// a policy orders them and says who leaves. This puts them together, and keeps the limits.
//
// A look-up never returns an entry that has expired; collect() sweeps a slice of the slots, and frees what nobody asks for.

import { createPolicy, type EvictionPolicy } from '@ringcache/policies';

import { type CacheLimits, type CacheOptions, checkLimits } from './cache-options.js';
import type { Entries } from './entries.js';
import { Facts } from './facts.js';
import { makeEntries } from './make-entries.js';
import { noRemovals, type RemovalCause, type Removals } from './removals.js';
import { turnTicker } from './ticker.js';

export interface CacheEntry<V> {
  key: string;
  value: V;
  version: number;
  /** ms that are left; `Infinity`: for ever. */
  ttlMs: number;
}

const UNLIMITED = Number.POSITIVE_INFINITY;
const FOR_EVER = Number.POSITIVE_INFINITY;
const POLICY_BYTES = 40; // of the hungriest: lists, ghosts or a sketch

export class Cache<V = Uint8Array> {
  readonly removals: Removals = noRemovals();
  readonly #entries: Entries<V>;
  readonly #facts: Facts;
  readonly #makePolicy: () => EvictionPolicy;
  readonly #ttlMs: number;
  readonly #onRemoved: CacheOptions<V>['onRemoved'];
  /** What an entry costs beyond what {@link Entries.bytesOf} says. */
  readonly #overheadBytes: number;
  #policy: EvictionPolicy;
  #maxBytes: number;
  #maxEntries: number;
  /** Whether there is, or was, a limit in bytes: else they are not counted. */
  #isCounted: boolean;
  #bytes = 0;
  #sweepAt = 1; // where the next slice begins

  /** @throws {RangeError} for a limit that is not above 0, or an unknown policy. */
  constructor(options: CacheOptions<V> = {}) {
    const { policy = 'auto', maxBytes = UNLIMITED, maxEntries = UNLIMITED, ttlMs = FOR_EVER, now } = options;
    checkLimits(maxBytes, maxEntries);
    this.#maxBytes = maxBytes;
    this.#maxEntries = maxEntries;
    this.#isCounted = maxBytes !== UNLIMITED;
    const known = maxEntries === UNLIMITED ? undefined : maxEntries;
    const slots = known === undefined ? undefined : known + 1; // the newcomer is in before its victim is out
    this.#entries = makeEntries(options, slots);
    this.#facts = new Facts(now === undefined ? turnTicker : { now }, slots ?? 0, options.ages ?? false);
    this.#makePolicy = () => createPolicy(policy, { maxEntries: known });
    this.#policy = this.#makePolicy();
    this.#ttlMs = ttlMs;
    this.#onRemoved = options.onRemoved;
    this.#overheadBytes = this.#entries.overheadBytes + Facts.BYTES + POLICY_BYTES;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get maxEntries(): number {
    return this.#maxEntries;
  }

  /** Entries, those that have expired and are not collected yet included. */
  get size(): number {
    return this.#entries.size;
  }

  /** Keys, values and overhead of all entries; 0 without a limit in bytes: then they are not counted. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the policy has chosen, and by what, in a sentence; undefined: there is nothing to choose. */
  get policyChoice(): string | undefined {
    return this.#policy.describe?.();
  }

  /** Slots that a full sweep passes. */
  get slots(): number {
    return this.#entries.slots;
  }

  /** The value of a live entry, counted as a read; undefined: none. Read it, never write to it. */
  get(key: string): V | undefined {
    const slot = this.find(key);
    return slot === 0 ? undefined : this.#entries.valueAt(slot);
  }

  /** As {@link get}, not counted as a read. */
  peek(key: string): V | undefined {
    const slot = this.locate(key);
    return slot === 0 ? undefined : this.#entries.valueAt(slot);
  }

  /** Not counted as a read. */
  has(key: string): boolean {
    return this.locate(key) !== 0;
  }

  /** The slot of a live entry, counted as a read; 0: none. A slot is good until the next call that changes the cache. */
  find(key: string): number {
    return this.#counted(this.locate(key));
  }

  /** As {@link find}, for a key in UTF-8 from start to end: in slabs it is not made a string. */
  findBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
    return this.#counted(this.locateBytes(bytes, start, end));
  }

  /** As {@link find}, not counted as a read. */
  locate(key: string): number {
    return this.#live(this.#entries.find(key));
  }

  /** As {@link findBytes}, not counted as a read. */
  locateBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
    return this.#live(this.#entries.findBytes(bytes, start, end));
  }

  keyAt(slot: number): string {
    return this.#entries.keyAt(slot);
  }

  valueAt(slot: number): V {
    return this.#entries.valueAt(slot);
  }

  /** Whether it is known of the key that it has no value: {@link ABSENT} is there. */
  isAbsentAt(slot: number): boolean {
    return this.#entries.isAbsent(slot);
  }

  /** Bytes of a value that is bytes. */
  lengthAt(slot: number): number {
    return this.#entries.lengthAt(slot);
  }

  /** Copies a value that is bytes to where it is wanted, which must have room for {@link lengthAt}: from slabs the only copy. */
  copyValue(slot: number, target: Uint8Array, at: number): void {
    this.#entries.copyValue(slot, target, at);
  }

  /** 32 bits of the key: always the same within this process. */
  hashAt(slot: number): number {
    return this.#entries.hashAt(slot);
  }

  /** What {@link hashAt} says, or would say, of the key, whether it is here or not. */
  hashOf(key: string): number {
    return this.#entries.hashOf(key);
  }

  /** Key, value and overhead of the entry; 0 without a limit in bytes. */
  sizeAt(slot: number): number {
    return this.#facts.sizeAt(slot);
  }

  versionAt(slot: number): number {
    return this.#facts.versionAt(slot);
  }

  /** ms that the entry has left; `Infinity`: for ever. */
  ttlAt(slot: number): number {
    return this.#facts.deadlines.ttlAt(slot);
  }

  /** ms since the entry was stored, or last replaced, to a second; undefined: the cache does not keep ages. */
  ageAt(slot: number): number | undefined {
    return this.#facts.ageAt(slot);
  }

  /** The epoch that the entry was stored in, or last {@link renew}ed for. */
  epochAt(slot: number): number {
    return this.#facts.epochAt(slot);
  }

  renew(slot: number, epoch: number): void {
    this.#facts.setEpoch(slot, epoch);
  }

  /** Whether an entry is no larger than the whole cache. */
  hasRoomFor(key: string, value: V): boolean {
    return (
      !this.#isCounted ||
      this.#entries.bytesOf(key, value) + this.#overheadBytes <= Math.min(this.#maxBytes, Facts.MAX_SIZE)
    );
  }

  /**
   * Stores a value, in place of the key's older one if there is one. On the heap it is kept, not copied, so bytes that
   * are part of a larger buffer keep that alive.
   * @param ttlMs `Infinity`: for ever. It is cut to a whole ms; not above 0: nothing is stored, and the older value goes.
   * @param version any number that the caller wants back.
   * @param epoch likewise, an integer from 0 to 2^32 - 1.
   * @returns false: larger than the whole cache; nothing is stored, nobody evicted, and the key's older value is gone.
   */
  set(key: string, value: V, ttlMs: number = this.#ttlMs, version = 0, epoch = 0): boolean {
    const bytes = this.#isCounted ? this.#entries.bytesOf(key, value) + this.#overheadBytes : 0;
    const held = this.#entries.find(key);
    if (bytes > this.#maxBytes || bytes > Facts.MAX_SIZE) {
      if (held !== 0) this.#remove(held, 'replaced');
      this.#report(key, value, 'oversized');
      return false;
    }
    if (!(ttlMs > 0)) {
      if (held !== 0) this.#remove(held, 'replaced');
      return true;
    }
    if (held === 0) this.#insert(key, value, bytes, ttlMs, version, epoch);
    else this.#replace(held, key, value, bytes, ttlMs, version, epoch);
    this.#evict();
    return true;
  }

  /** True: there was a live entry. */
  delete(key: string): boolean {
    const slot = this.locate(key);
    if (slot === 0) return false;
    this.#remove(slot, 'deleted');
    return true;
  }

  /** Drops everything and begins anew, ghosts and sketches included. */
  clear(): void {
    if (this.slots === 0) return; // nothing was ever stored
    const dropped: [string, V][] = [];
    for (let slot = 1; this.#onRemoved !== undefined && slot <= this.slots; slot++) {
      if (this.#entries.has(slot)) dropped.push([this.keyAt(slot), this.valueAt(slot)]);
    }
    this.removals.deleted += this.size - dropped.length;
    this.#entries.clear();
    this.#facts.clear();
    this.#policy = this.#makePolicy();
    this.#bytes = 0;
    this.#sweepAt = 1;
    for (const [key, value] of dropped) this.#report(key, value, 'deleted');
  }

  /**
   * Sets other limits; what is left out stays. What no longer fits is evicted at once, about a microsecond an entry: shrink
   * a cache of millions in steps.
   * @throws {RangeError} as the constructor does; then nothing has changed.
   */
  resize({ maxBytes = this.#maxBytes, maxEntries = this.#maxEntries }: CacheLimits): void {
    checkLimits(maxBytes, maxEntries);
    this.#maxBytes = maxBytes;
    this.#maxEntries = maxEntries;
    if (maxBytes !== UNLIMITED && !this.#isCounted) this.#count();
    this.#evict();
  }

  /** Live entries that would expire do so later by that. Cost: a pass over the slots, some milliseconds a million. */
  postpone(byMs: number): void {
    this.#facts.deadlines.postpone(byMs);
  }

  /** Removes what has expired among the next `slots` slots, and goes on there at the next call. Returns how many went. */
  collect(slots: number): number {
    if (!this.#facts.deadlines.areUsed) return 0;
    let removed = 0;
    for (let i = Math.min(slots, this.slots); i > 0; i--) {
      const slot = this.#sweepAt;
      this.#sweepAt = slot >= this.slots ? 1 : slot + 1;
      if (!this.#facts.deadlines.sweep(slot)) continue;
      this.#remove(slot, 'expired');
      removed++;
    }
    return removed;
  }

  /**
   * Live entries, in no promised order. The cache may change meanwhile: what is there all the time comes once, what comes or
   * goes may or may not, and what leaves and comes back perhaps twice.
   */
  *entries(): IterableIterator<CacheEntry<V>> {
    for (const slot of this.#liveSlots()) {
      const [key, value] = [this.keyAt(slot), this.valueAt(slot)];
      yield { key, value, version: this.versionAt(slot), ttlMs: this.ttlAt(slot) };
    }
  }

  /** As {@link entries}, the keys alone. */
  *keys(): IterableIterator<string> {
    for (const slot of this.#liveSlots()) yield this.keyAt(slot);
  }

  *#liveSlots(): IterableIterator<number> {
    for (let slot = 1; slot <= this.slots; slot++) {
      if (this.#entries.has(slot) && !this.#facts.deadlines.hasExpired(slot)) yield slot;
    }
  }

  #counted(slot: number): number {
    if (slot !== 0) this.#policy.read(slot);
    return slot;
  }

  /** The slot, if what is in it has not expired; else that goes, and it is 0. */
  #live(slot: number): number {
    if (slot === 0 || !this.#facts.deadlines.hasExpired(slot)) return slot;
    this.#remove(slot, 'expired');
    return 0;
  }

  #insert(key: string, value: V, bytes: number, ttlMs: number, version: number, epoch: number): void {
    const slot = this.#entries.add(key, value);
    this.#facts.set(slot, bytes, ttlMs, version, epoch);
    this.#bytes += bytes;
    this.#policy.added(slot, this.#entries.hashAt(slot));
  }

  #replace(slot: number, key: string, value: V, bytes: number, ttlMs: number, version: number, epoch: number): void {
    const cause = this.#facts.deadlines.hasExpired(slot) ? 'expired' : 'replaced';
    const older = this.#onRemoved === undefined ? value : this.#entries.valueAt(slot);
    this.#entries.replace(slot, value);
    this.#bytes += bytes - this.#facts.sizeAt(slot);
    this.#facts.set(slot, bytes, ttlMs, version, epoch);
    this.#policy.read(slot);
    this.#report(key, older, cause);
  }

  #evict(): void {
    while (this.#bytes > this.#maxBytes || this.#entries.size > this.#maxEntries) {
      const victim = this.#policy.victim();
      if (victim === undefined) throw new Error('broken invariant: over the limit, and the policy knows no entry');
      this.#release(victim, 'evicted');
    }
  }

  #remove(slot: number, cause: RemovalCause): void {
    this.#policy.removed(slot);
    this.#release(slot, cause);
  }

  #release(slot: number, cause: RemovalCause): void {
    const isHeard = this.#onRemoved !== undefined;
    const key = isHeard ? this.#entries.keyAt(slot) : undefined;
    const value = isHeard ? this.#entries.valueAt(slot) : undefined;
    this.#bytes -= this.#facts.sizeAt(slot);
    this.#facts.clearAt(slot);
    this.#entries.remove(slot);
    this.#report(key, value, cause);
  }

  #report(key: string | undefined, value: V | undefined, cause: RemovalCause): void {
    this.removals[cause]++;
    this.#onRemoved?.(key as string, value as V, cause);
  }

  /** Sizes up what was stored while there was no limit in bytes. */
  #count(): void {
    this.#isCounted = true;
    for (let slot = 1; slot <= this.slots; slot++) {
      if (!this.#entries.has(slot)) continue;
      const bytes = this.#entries.bytesOf(this.keyAt(slot), this.valueAt(slot)) + this.#overheadBytes;
      this.#facts.setSize(slot, bytes);
      this.#bytes += bytes;
    }
  }
}
