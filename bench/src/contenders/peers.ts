// The libraries that a Node team would otherwise take, each as its README shows it.

import { LRUCache } from 'lru-cache';
import { LRUMap } from 'mnemonist';
import QuickLRU from 'quick-lru';
import { type LRU, lru } from 'tiny-lru';

import { type Contender, type Room, TTL_MS, TTLS_MS } from './contender.js';

/** None of them reads bytes: a string is made for each request. */
abstract class StringKeyed implements Contender {
  abstract get(key: string): Uint8Array | undefined;
  abstract set(key: string, value: Uint8Array): void;

  getBytes(key: Buffer): Uint8Array | undefined {
    return this.get(key.toString('latin1'));
  }
}

/** The control: what the loop itself costs. Every key is a hit. */
export class NoCache implements Contender {
  readonly #value: Uint8Array;
  #touched = 0;

  constructor({ valueBytes }: Room) {
    this.#value = new Uint8Array(valueBytes);
  }

  get(key: string): Uint8Array | undefined {
    this.#touched += key.length;
    return this.#value;
  }

  getBytes(key: Buffer): Uint8Array | undefined {
    this.#touched += key.length;
    return this.#value;
  }

  set(key: string, value: Uint8Array): void {
    this.#touched += key.length + value.length;
  }

  setFor(key: string, value: Uint8Array): void {
    this.set(key, value);
  }
}

/** No bound, no order, no expiry: the least that any cache on V8's own table has to do. */
export class BareMap extends StringKeyed {
  readonly #map = new Map<string, Uint8Array>();

  override get(key: string): Uint8Array | undefined {
    return this.#map.get(key);
  }

  override set(key: string, value: Uint8Array): void {
    this.#map.set(key, value);
  }
}

export class LruCacheMax extends StringKeyed {
  readonly #cache: LRUCache<string, Uint8Array>;

  constructor({ entries }: Room) {
    super();
    this.#cache = new LRUCache({ max: entries });
  }

  override get(key: string): Uint8Array | undefined {
    return this.#cache.get(key);
  }

  override set(key: string, value: Uint8Array): void {
    this.#cache.set(key, value);
  }
}

export class LruCacheTtlSize extends StringKeyed {
  static readonly #ttls = TTLS_MS.map((ttl) => ({ ttl }));
  readonly #cache: LRUCache<string, Uint8Array>;

  constructor({ entries, keyBytes, valueBytes }: Room) {
    super();
    this.#cache = new LRUCache({
      max: entries,
      maxSize: entries * (keyBytes + valueBytes),
      sizeCalculation: (value, key) => key.length + value.length,
      ttl: TTL_MS,
    });
  }

  override get(key: string): Uint8Array | undefined {
    return this.#cache.get(key);
  }

  override set(key: string, value: Uint8Array): void {
    this.#cache.set(key, value);
  }

  setFor(key: string, value: Uint8Array, ttl: number): void {
    this.#cache.set(key, value, LruCacheTtlSize.#ttls[ttl]!);
  }
}

/** Keeps up to twice the entries it is told: two generations of a Map, so its hits are between those of N and 2 N. */
export class QuickLru extends StringKeyed {
  static readonly #ttls = TTLS_MS.map((maxAge) => ({ maxAge }));
  readonly #cache: QuickLRU<string, Uint8Array>;

  constructor({ entries }: Room) {
    super();
    this.#cache = new QuickLRU({ maxSize: entries, maxAge: TTL_MS });
  }

  override get(key: string): Uint8Array | undefined {
    return this.#cache.get(key);
  }

  override set(key: string, value: Uint8Array): void {
    this.#cache.set(key, value);
  }

  setFor(key: string, value: Uint8Array, ttl: number): void {
    this.#cache.set(key, value, QuickLru.#ttls[ttl]!);
  }
}

/** An object for each entry, in a list, and one big object as the index; one time to live for all. */
export class TinyLru extends StringKeyed {
  readonly #cache: LRU<Uint8Array>;

  constructor({ entries }: Room) {
    super();
    this.#cache = lru<Uint8Array>(entries, TTL_MS);
  }

  override get(key: string): Uint8Array | undefined {
    return this.#cache.get(key);
  }

  override set(key: string, value: Uint8Array): void {
    this.#cache.set(key, value);
  }
}

/** Keys, values and links in arrays, a Map as the index; neither times nor sizes. */
export class Mnemonist extends StringKeyed {
  readonly #cache: LRUMap<string, Uint8Array>;

  constructor({ entries }: Room) {
    super();
    this.#cache = new LRUMap(entries);
  }

  override get(key: string): Uint8Array | undefined {
    return this.#cache.get(key);
  }

  override set(key: string, value: Uint8Array): void {
    this.#cache.set(key, value);
  }
}
