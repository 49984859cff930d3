// Caches with a limit in bytes, as each counts them.

import { Cache } from '@ringcache/engine';
import { LRUCache } from 'lru-cache';

export const BOUNDED = {
  'ringcache-heap': (maxBytes: number): Bounded => new Cache<Uint8Array>({ maxBytes }),
  'ringcache-slabs': (maxBytes: number): Bounded => new Cache<Uint8Array>({ maxBytes, store: 'slabs' }),
  'lru-cache': (maxBytes: number): Bounded =>
    new LRUCache<string, Uint8Array>({
      maxSize: maxBytes,
      sizeCalculation: (value, key) => key.length + value.length,
    }),
};

interface Bounded {
  get(key: string): Uint8Array | undefined;
  set(key: string, value: Uint8Array): unknown;
}

export type BoundedName = keyof typeof BOUNDED;

export const BOUNDED_NAMES = Object.keys(BOUNDED) as BoundedName[];
