// Everything that is compared, by the name that `--contender` takes.

import type { Kind } from './contender.js';
import { BareMap, LruCacheMax, LruCacheTtlSize, Mnemonist, NoCache, QuickLru, TinyLru } from './peers.js';
import { fixed, growing, slabs } from './ringcache.js';

export const KINDS = {
  none: {
    about: 'the loop itself, without a cache',
    hits: 'control',
    ttlPerEntry: true,
    copies: false,
    make: (room) => new NoCache(room),
  },
  map: {
    about: 'a bare Map: no bound, no order, no expiry',
    hits: 'unbounded',
    ttlPerEntry: false,
    copies: false,
    make: () => new BareMap(),
  },
  'lru-cache': {
    about: 'lru-cache with max only',
    hits: 'lru',
    ttlPerEntry: false,
    copies: false,
    make: (room) => new LruCacheMax(room),
  },
  'lru-cache-full': {
    about: 'lru-cache with ttl and maxSize',
    hits: 'lru',
    ttlPerEntry: true,
    copies: false,
    make: (room) => new LruCacheTtlSize(room),
  },
  'quick-lru': {
    about: 'quick-lru with maxAge; keeps up to twice the entries',
    hits: 'own',
    ttlPerEntry: true,
    copies: false,
    make: (room) => new QuickLru(room),
  },
  'tiny-lru': {
    about: 'tiny-lru with ttl',
    hits: 'lru',
    ttlPerEntry: false,
    copies: false,
    make: (room) => new TinyLru(room),
  },
  mnemonist: {
    about: 'mnemonist LRUMap: no ttl, no sizes',
    hits: 'lru',
    ttlPerEntry: false,
    copies: false,
    make: (room) => new Mnemonist(room),
  },
  'ringcache-lru': {
    about: 'ringcache, lru, fixed number of entries, with ttl and sizes',
    hits: 'lru',
    ttlPerEntry: true,
    copies: false,
    make: (room) => fixed('lru', room),
  },
  'ringcache-auto': {
    about: 'the same with auto',
    hits: 'own',
    ttlPerEntry: true,
    copies: false,
    make: (room) => fixed('auto', room),
  },
  'ringcache-growing': {
    about: 'ringcache, lru, bounded by bytes only, growing, with ttl',
    hits: 'own',
    ttlPerEntry: true,
    copies: false,
    make: growing,
  },
  'ringcache-slabs': {
    about: 'ringcache, lru, keys and values off the heap, bounded by bytes, with ttl',
    hits: 'own',
    ttlPerEntry: true,
    copies: true,
    make: slabs,
  },
} satisfies Record<string, Kind>;

export type ContenderName = keyof typeof KINDS;

export const CONTENDER_NAMES = Object.keys(KINDS) as ContenderName[];

export function kindOf(name: ContenderName): Kind {
  return KINDS[name];
}
