// Our own cache, in the forms it is used in.

import { Cache, type CacheOptions } from '@ringcache/engine';
import { keyOf } from '../keys.js';
import { type Contender, type Room, TTL_MS, TTLS_MS } from './contender.js';

const UNBOUND = 2 ** 40; // bytes: the limit is counted against, and never reached

export class Ringcache implements Contender {
  readonly #cache: Cache<Uint8Array>;

  constructor(options: CacheOptions<Uint8Array>) {
    this.#cache = new Cache(options);
  }

  get(key: string): Uint8Array | undefined {
    return this.#cache.get(key);
  }

  getBytes(key: Buffer): Uint8Array | undefined {
    const slot = this.#cache.findBytes(key);
    return slot === 0 ? undefined : this.#cache.valueAt(slot);
  }

  set(key: string, value: Uint8Array): void {
    this.#cache.set(key, value);
  }

  setFor(key: string, value: Uint8Array, ttl: number): void {
    this.#cache.set(key, value, TTLS_MS[ttl]!);
  }
}

/** As many entries as there is room for, sizes counted and times to live kept. */
export function fixed(policy: CacheOptions<Uint8Array>['policy'] & string, { entries }: Room): Ringcache {
  return new Ringcache({ policy, maxEntries: entries, maxBytes: UNBOUND, ttlMs: TTL_MS });
}

/** Bounded by bytes alone: its arrays begin small and grow. */
export function growing(room: Room): Ringcache {
  return new Ringcache({ policy: 'lru', maxBytes: bytesFor(room, 'heap'), ttlMs: TTL_MS });
}

/** Keys and values copied off the heap; bounded by bytes alone. */
export function slabs(room: Room): Ringcache {
  return new Ringcache({ policy: 'lru', maxBytes: bytesFor(room, 'slabs'), ttlMs: TTL_MS, store: 'slabs' });
}

/** The limit at which so many entries fit, as the cache itself counts them, overhead included. */
function bytesFor({ entries, valueBytes }: Room, store: 'heap' | 'slabs'): number {
  const bytesOfOne = (maxBytes: number) => {
    const cache = new Cache<Uint8Array>({ policy: 'lru', maxBytes, ttlMs: TTL_MS, store });
    cache.set(keyOf(0), new Uint8Array(valueBytes));
    return cache.bytes;
  };
  return entries * bytesOfOne(entries * bytesOfOne(UNBOUND)); // what an entry is counted as depends a little on the limit
}
