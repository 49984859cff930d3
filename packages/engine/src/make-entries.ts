import type { CacheOptions } from './cache-options.js';
import type { Entries } from './entries.js';
import { HeapEntries } from './heap-entries.js';
import { SlabEntries } from './slab-entries.js';

const RESERVED_ENTRY_BYTES = 24; // on the heap, of an entry that is not there yet
const RESERVED_SHARE = 1 / 64; // of maxBytes; more, and the reservation would be memory that nobody counts

/**
 * What a cache keeps its keys and values in.
 * @param slots the most entries there are ever at once, if that is known.
 */
export function makeEntries<V>(options: CacheOptions<V>, slots: number | undefined): Entries<V> {
  const { store = 'heap', maxBytes = Number.POSITIVE_INFINITY, sizeOf, hashSeed: seed } = options;
  if (store === 'heap') {
    const isReserved = slots !== undefined && slots * RESERVED_ENTRY_BYTES <= maxBytes * RESERVED_SHARE;
    return new HeapEntries<V>({ maxEntries: isReserved ? slots : undefined, sizeOf, seed });
  }
  return new SlabEntries({ maxBytes, maxEntries: slots, seed }) as Entries<unknown> as Entries<V>; // V is Uint8Array: see `store`
}
