// A bounded map from keys to bytes. The cache owns the index, the sizes and the deadlines; a policy, given at construction,
// only says who leaves. Entries live in slots, small integers from 1: parallel arrays in place of an object an entry, so
// that a hit allocates nothing and a policy can keep its order in typed arrays.
//
// Expiry has no timer and no wheel: a look-up never returns an expired entry, and collect() sweeps a slice of the slots at
// each call (a deadline read is about a nanosecond, so a slice of thousands is nothing), which frees what nobody asks for.

import { createPolicy, type EvictionPolicy, type PolicyName } from '@ringcache/policies';

import type { Clock } from './contracts.js';
import { keyHash } from './key-hash.js';

/** Why an entry left: `oversized` never got in. */
export type RemovalCause = 'evicted' | 'expired' | 'deleted' | 'replaced' | 'oversized';

export const REMOVAL_CAUSES: readonly RemovalCause[] = ['evicted', 'expired', 'deleted', 'replaced', 'oversized'];

export interface CacheOptions {
  clock: Clock;
  /** Who leaves a full cache. Default `lru`. */
  policy?: PolicyName;
  /** The most that keys, values and {@link ENTRY_OVERHEAD_BYTES} each may add up to. Default: no limit. */
  maxBytes?: number;
  /** The most entries. Default: no limit. */
  maxEntries?: number;
  /** Hears of every entry that leaves, after it has left. Must not throw. */
  onRemoved?: (key: string, value: Uint8Array, cause: RemovalCause) => void;
}

/**
 * What an entry is taken to cost beyond its key and value, in bytes: the Uint8Array and its buffer (about 150 on Node 20),
 * the key's header, its slot and its place in the index.
 */
export const ENTRY_OVERHEAD_BYTES = 256;

const FIRST_SLOTS = 64; // arrays begin with so many and double

export class Cache {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly removals: Record<RemovalCause, number> = { evicted: 0, expired: 0, deleted: 0, replaced: 0, oversized: 0 };

  readonly #clock: Clock;
  readonly #policyName: PolicyName;
  readonly #onRemoved: CacheOptions['onRemoved'];
  #policy: EvictionPolicy;

  readonly #index = new Map<string, number>();
  #keys: (string | undefined)[] = [];
  #values: (Uint8Array | undefined)[] = [];
  #versions = new Float64Array(FIRST_SLOTS);
  #deadlines = new Float64Array(FIRST_SLOTS); // clock ms; Infinity: never; 0: the slot is free
  #sizes = new Float64Array(FIRST_SLOTS);
  #epochs = new Float64Array(FIRST_SLOTS);
  #free: number[] = [];
  #slots = 0; // highest slot ever used
  #bytes = 0;
  #sweepAt = 1; // where the next slice begins

  constructor(options: CacheOptions) {
    this.maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.maxEntries = options.maxEntries ?? Number.POSITIVE_INFINITY;
    if (!(this.maxBytes > 0)) throw new RangeError(`maxBytes must be positive, got ${this.maxBytes}`);
    if (!(this.maxEntries >= 1)) throw new RangeError(`maxEntries must be at least 1, got ${this.maxEntries}`);
    this.#clock = options.clock;
    this.#policyName = options.policy ?? 'lru';
    this.#policy = this.#makePolicy();
    this.#onRemoved = options.onRemoved;
  }

  /** Entries, those that have expired and are not collected yet included. */
  get size(): number {
    return this.#index.size;
  }

  /** Keys, values and overhead of all entries. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The slot of a live entry, counted as a read; 0: none. A slot is good until the next call that changes the cache. */
  find(key: string): number {
    const slot = this.locate(key);
    if (slot !== 0) this.#policy.read(slot);
    return slot;
  }

  /** As {@link find}, not counted as a read. */
  locate(key: string): number {
    const slot = this.#index.get(key);
    if (slot === undefined) return 0;
    if (this.#hasExpired(slot)) {
      this.#remove(slot, 'expired');
      return 0;
    }
    return slot;
  }

  valueAt(slot: number): Uint8Array {
    return this.#values[slot]!;
  }

  versionAt(slot: number): number {
    return this.#versions[slot]!;
  }

  /** When the entry expires, in the clock's ms; `Infinity`: never. */
  deadlineAt(slot: number): number {
    return this.#deadlines[slot]!;
  }

  /** The epoch that the entry was stored in, or last {@link renew}ed for. */
  epochAt(slot: number): number {
    return this.#epochs[slot]!;
  }

  renew(slot: number, epoch: number): void {
    this.#epochs[slot] = epoch;
  }

  /**
   * Stores a value, in place of the key's older one if there is one. Bytes that are part of a larger buffer are copied, so
   * that a small value does not keep a whole message alive.
   * @param epoch whatever the caller needs to know of when it was stored.
   * @param deadlineMs in the clock's ms; `Infinity`: never; one that has passed stores nothing.
   * @returns false: larger than the whole cache; nothing is stored, nobody evicted, and the key's older value is gone.
   */
  set(key: string, value: Uint8Array, version: number, deadlineMs: number, epoch = 0): boolean {
    const bytes = Buffer.byteLength(key) + value.byteLength + ENTRY_OVERHEAD_BYTES;
    const held = this.#index.get(key);
    if (bytes > this.maxBytes) {
      if (held !== undefined) this.#remove(held, 'replaced');
      this.removals.oversized++;
      this.#onRemoved?.(key, value, 'oversized');
      return false;
    }
    if (deadlineMs <= this.#clock.now()) {
      if (held !== undefined) this.#remove(held, 'replaced');
      return true;
    }
    if (held === undefined) this.#insert(key, ownBytes(value), version, deadlineMs, bytes);
    else this.#replace(held, key, ownBytes(value), version, deadlineMs, bytes);
    this.#epochs[this.#index.get(key)!] = epoch;
    while (this.#bytes > this.maxBytes || this.size > this.maxEntries) {
      const victim = this.#policy.victim();
      if (victim === undefined) throw new Error('broken invariant: over the limit, and the policy knows no entry');
      this.#release(victim, 'evicted');
    }
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
    const { size } = this;
    for (const [key, slot] of this.#onRemoved === undefined ? [] : this.#index) {
      this.#onRemoved?.(key, this.#values[slot]!, 'deleted');
    }
    this.removals.deleted += size;
    this.#index.clear();
    this.#keys = [];
    this.#values = [];
    this.#deadlines.fill(0);
    this.#free = [];
    this.#slots = 0;
    this.#bytes = 0;
    this.#sweepAt = 1;
    this.#policy = this.#makePolicy();
  }

  /** Removes what has expired among the next `slots` slots, and goes on there at the next call. Returns how many went. */
  collect(slots: number): number {
    const now = this.#clock.now();
    let removed = 0;
    for (let i = Math.min(slots, this.#slots); i > 0; i--) {
      const slot = this.#sweepAt;
      this.#sweepAt = slot >= this.#slots ? 1 : slot + 1;
      const deadline = this.#deadlines[slot]!;
      if (deadline === 0 || deadline > now) continue;
      this.#remove(slot, 'expired');
      removed++;
    }
    return removed;
  }

  /** Slots that a full sweep passes. */
  get slots(): number {
    return this.#slots;
  }

  /** Live keys, in no promised order. */
  *keys(): IterableIterator<string> {
    for (const [key, slot] of this.#index) if (!this.#hasExpired(slot)) yield key;
  }

  #hasExpired(slot: number): boolean {
    const deadline = this.#deadlines[slot]!;
    return deadline !== Number.POSITIVE_INFINITY && deadline <= this.#clock.now();
  }

  #insert(key: string, value: Uint8Array, version: number, deadlineMs: number, bytes: number): void {
    const slot = this.#free.pop() ?? this.#newSlot();
    this.#index.set(key, slot);
    this.#keys[slot] = key;
    this.#fill(slot, value, version, deadlineMs, bytes);
    this.#policy.added(slot, keyHash(key));
  }

  #replace(slot: number, key: string, value: Uint8Array, version: number, deadlineMs: number, bytes: number): void {
    const older = this.#values[slot]!;
    const cause = this.#hasExpired(slot) ? 'expired' : 'replaced';
    this.#bytes -= this.#sizes[slot]!;
    this.#fill(slot, value, version, deadlineMs, bytes);
    this.#policy.read(slot);
    this.removals[cause]++;
    this.#onRemoved?.(key, older, cause);
  }

  #fill(slot: number, value: Uint8Array, version: number, deadlineMs: number, bytes: number): void {
    this.#values[slot] = value;
    this.#versions[slot] = version;
    this.#deadlines[slot] = deadlineMs;
    this.#sizes[slot] = bytes;
    this.#bytes += bytes;
  }

  #remove(slot: number, cause: RemovalCause): void {
    this.#policy.removed(slot);
    this.#release(slot, cause);
  }

  #release(slot: number, cause: RemovalCause): void {
    const key = this.#keys[slot]!;
    const value = this.#values[slot]!;
    this.#index.delete(key);
    this.#keys[slot] = undefined;
    this.#values[slot] = undefined;
    this.#deadlines[slot] = 0;
    this.#bytes -= this.#sizes[slot]!;
    this.#free.push(slot);
    this.removals[cause]++;
    this.#onRemoved?.(key, value, cause);
  }

  #newSlot(): number {
    const slot = ++this.#slots;
    if (slot === this.#sizes.length) {
      this.#versions = doubled(this.#versions);
      this.#deadlines = doubled(this.#deadlines);
      this.#sizes = doubled(this.#sizes);
      this.#epochs = doubled(this.#epochs);
    }
    return slot;
  }

  #makePolicy(): EvictionPolicy {
    return Number.isFinite(this.maxEntries)
      ? createPolicy(this.#policyName, { maxEntries: this.maxEntries })
      : createPolicy(this.#policyName);
  }
}

function doubled(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

function ownBytes(value: Uint8Array): Uint8Array {
  return value.byteLength === value.buffer.byteLength ? value : new Uint8Array(value);
}
