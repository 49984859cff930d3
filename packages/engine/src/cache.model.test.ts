// The cache against a Map that knows nothing of slots: half a million steps in all, over every policy and store. Which entry is
// evicted is the policy's word, so the model hears it; that it may be, and all else, is checked.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from '@jest/globals';
import { POLICY_NAMES, type PolicyName } from '@ringcache/policies';

import { Cache } from './cache.js';
import type { RemovalCause } from './removals.js';

const STORES = ['heap', 'slabs'] as const;
const STEPS = 500_000;
const STEPS_A_PAIR = Math.ceil(STEPS / (STORES.length * POLICY_NAMES.length));
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

const KEYS = Array.from({ length: 400 }, (_, i) => (i % 3 === 0 ? `键${i}` : `key-${'x'.repeat(i % 30)}${i}`));
const KEYS_IN_UTF8 = KEYS.map((key) => Buffer.from(key));
const SIZES = [0, 1, 2, 7, 8, 20, 40, 64, 100, 200, 300, 500, 900, 3000];
const TOO_LARGE = 70_000;
const MAX_ENTRIES = 150;
const MAX_BYTES = 60_000;

interface Stored {
  readonly value: Uint8Array;
  readonly version: number;
  readonly epoch: number;
  readonly deadline: number;
  readonly bytes: number;
}

/** 32 bits at a time, the same for a seed. Source: Marsaglia, "Xorshift RNGs", 2003. */
function randomFrom(seed: number): (below: number) => number {
  let x = seed | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

class Checked {
  readonly #random: (below: number) => number;
  readonly #cache: Cache;
  readonly #alone: Cache;
  readonly #model = new Map<string, Stored>();
  readonly #costs = new Map<string, number>();
  #time = 1000;
  #bytes = 0;
  #maxBytes = MAX_BYTES;
  #maxEntries = MAX_ENTRIES;
  #version = 0;
  /** The key that is being set or deleted: what leaves under it is no surprise. */
  #written = '';

  constructor(policy: PolicyName, store: (typeof STORES)[number], seed: number) {
    this.#random = randomFrom(seed);
    const options = { policy, store, maxBytes: MAX_BYTES, maxEntries: MAX_ENTRIES, now: () => this.#time };
    this.#cache = new Cache({ ...options, onRemoved: (...left) => this.#hear(...left) });
    this.#alone = new Cache(options);
  }

  step(): void {
    const act = this.#random(1000);
    if (act < 450) this.#read();
    else if (act < 850) this.#set();
    else if (act < 900) this.#delete();
    else if (act < 950) this.#time += this.#random(30);
    else if (act < 980) this.#cache.collect(this.#random(60));
    else if (act < 998) this.#resize();
    else if (act < 999) this.#compareAll();
    else this.#clear();
    assert.equal(this.#cache.size, this.#model.size);
    assert.equal(this.#cache.bytes, this.#bytes);
    assert.ok(this.#bytes <= this.#maxBytes && this.#model.size <= this.#maxEntries);
  }

  #read(): void {
    const i = this.#pick();
    const key = KEYS[i]!;
    const stored = this.#model.get(key);
    const isLive = stored !== undefined && stored.deadline > this.#time;
    const how = this.#random(4);
    const cache = this.#cache;
    const slot = [() => cache.find(key), () => cache.findBytes(KEYS_IN_UTF8[i]!), () => cache.locate(key)][how]?.();
    if (slot === undefined) assert.equal(cache.get(key) !== undefined, isLive);
    else if (!isLive) assert.equal(slot, 0);
    else this.#compare(slot, key, stored);
  }

  #compare(slot: number, key: string, { value, version, epoch, deadline, bytes }: Stored): void {
    const cache = this.#cache;
    assert.equal(cache.keyAt(slot), key);
    assert.ok(Buffer.compare(cache.valueAt(slot), value) === 0);
    assert.equal(cache.versionAt(slot), version);
    assert.equal(cache.epochAt(slot), epoch);
    assert.equal(cache.ttlAt(slot), deadline - this.#time);
    assert.equal(cache.sizeAt(slot), bytes);
  }

  #set(): void {
    const key = KEYS[this.#pick()]!;
    const size = this.#random(100) === 0 ? TOO_LARGE : SIZES[this.#random(SIZES.length)]!;
    const value = new Uint8Array(size).fill(this.#version);
    const ttlMs = this.#random(3) === 0 ? Number.POSITIVE_INFINITY : this.#random(200);
    const version = ++this.#version;
    const epoch = this.#random(4);
    const bytes = this.#costOf(key, value);
    const fits = bytes <= this.#maxBytes;
    this.#written = key;
    this.#forget(key);
    if (fits && ttlMs > 0) {
      this.#model.set(key, { value, version, epoch, deadline: this.#time + ttlMs, bytes });
      this.#bytes += bytes;
    }
    assert.equal(this.#cache.set(key, value, ttlMs, version, epoch), fits);
    this.#written = '';
  }

  #delete(): void {
    const key = KEYS[this.#pick()]!;
    const isLive = (this.#model.get(key)?.deadline ?? 0) > this.#time;
    this.#written = key;
    assert.equal(this.#cache.delete(key), isLive);
    this.#forget(key);
    this.#written = '';
  }

  #resize(): void {
    if (this.#random(2) === 0) this.#maxBytes = 2000 + this.#random(MAX_BYTES);
    else this.#maxEntries = 1 + this.#random(2 * MAX_ENTRIES);
    this.#cache.resize({ maxBytes: this.#maxBytes, maxEntries: this.#maxEntries });
  }

  #clear(): void {
    this.#cache.clear();
    assert.equal(this.#model.size, 0); // it has heard of each
  }

  #compareAll(): void {
    const live = [...this.#model].filter(([, { deadline }]) => deadline > this.#time);
    assert.deepEqual([...this.#cache.keys()].sort(), live.map(([key]) => key).sort());
    for (const [key, stored] of live) this.#compare(this.#cache.locate(key), key, stored);
  }

  #hear(key: string, _: Uint8Array, cause: RemovalCause): void {
    if (key === this.#written && cause !== 'evicted') return;
    const stored = this.#model.get(key);
    assert.ok(stored !== undefined, `${cause} ${key}, which is not there`);
    if (cause === 'expired') assert.ok(stored.deadline <= this.#time);
    else if (cause === 'evicted') assert.ok(this.#bytes > this.#maxBytes || this.#model.size > this.#maxEntries);
    else assert.equal(cause, 'deleted');
    this.#forget(key);
  }

  #forget(key: string): void {
    this.#bytes -= this.#model.get(key)?.bytes ?? 0;
    this.#model.delete(key);
  }

  /** What such an entry counts in a cache where it is alone. */
  #costOf(key: string, value: Uint8Array): number {
    const kind = `${key} ${value.length}`;
    const known = this.#costs.get(kind);
    if (known !== undefined) return known;
    this.#alone.resize({ maxBytes: Number.MAX_SAFE_INTEGER });
    this.#alone.set(key, value);
    const bytes = this.#alone.bytes;
    this.#alone.delete(key);
    this.#costs.set(kind, bytes);
    return bytes;
  }

  /** Some keys often, others seldom. */
  #pick(): number {
    return this.#random(1 + this.#random(KEYS.length));
  }
}

describe.each(STORES)('a cache on %s', (store) => {
  test.each(POLICY_NAMES.map((policy) => [policy]))(
    'with %s holds what a Map would, within its limits, its bytes exact',
    (policy) => {
      const checked = new Checked(policy, store, SEED);
      for (let step = 0; step < STEPS_A_PAIR; step++) {
        try {
          checked.step();
        } catch (error) {
          throw new Error(`step ${step} with SEED=${SEED}`, { cause: error });
        }
      }
    },
  );
});
