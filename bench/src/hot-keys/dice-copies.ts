// The rule of golang/groupcache, in front of a group that makes no copies. There they live until they are pushed out, as
// values never change; here as long as ours, so that both are as stale at worst.

import type { Clock } from '@ringcache/cache-core';
import { Cache } from '@ringcache/engine';

const ONE_IN = 10; // groupcache.go: `if rand.Intn(10) == 0 { g.populateCache(key, value, &g.hotCache) }`

export interface DiceCopiesOptions {
  readonly clock: Clock;
  /** Uniform numbers from 0 up to 1. */
  readonly random: () => number;
  readonly ttlMs: number;
  readonly maxBytes: number;
}

export class DiceCopies {
  readonly cache: Cache;
  readonly #random: () => number;
  readonly #ttlMs: number;

  constructor({ clock, random, ttlMs, maxBytes }: DiceCopiesOptions) {
    this.cache = new Cache({ now: () => clock.now(), policy: 'lru', store: 'heap', maxBytes });
    this.#random = random;
    this.#ttlMs = ttlMs;
  }

  has(key: string): boolean {
    return this.cache.get(key) !== undefined;
  }

  fetched(key: string, value: Uint8Array): void {
    if (this.#random() < 1 / ONE_IN) this.cache.set(key, value, this.#ttlMs);
  }
}
