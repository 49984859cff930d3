import type { PolicyName } from '@ringcache/policies';

import type { RemovalCause } from './removals.js';

/** Either may be left out, or be `Infinity`: no limit. */
export interface CacheLimits {
  /** The most memory that entries may take, keys, values and all overhead, in bytes. Default: no limit. */
  maxBytes?: number | undefined;
  /** The most entries, an integer from 1. Default: no limit. */
  maxEntries?: number | undefined;
}

export interface CacheOptions<V> extends CacheLimits {
  /** Who leaves a full cache. Default `auto`. */
  policy?: PolicyName | undefined;
  /** How long an entry lives that is set without saying, in ms; `Infinity`, the default: for ever. */
  ttlMs?: number | undefined;
  /** Bytes of a value, an integer. Needed where values are neither bytes nor strings and `maxBytes` is given. */
  sizeOf?: ((value: V) => number) | undefined;
  /** `heap`, the default: any values. `slabs`: bytes, copied into memory that the garbage collector never looks into. */
  store?: 'heap' | 'slabs' | undefined;
  /** Of the hash of keys; 32 bits. Default: drawn when the process starts, so that nobody can know keys that collide. */
  hashSeed?: number | undefined;
  /** Whether it is kept when an entry was stored: 4 bytes each. Default false. */
  ages?: boolean | undefined;
  /** Monotonic ms from any beginning. Default: `performance.now`, read at most every 256 operations of one turn. */
  now?: (() => number) | undefined;
  /** Hears of every entry that leaves, after it has left. Must not throw. */
  onRemoved?: ((key: string, value: V, cause: RemovalCause) => void) | undefined;
}

/** @throws {RangeError} that names the limit and what it was. */
export function checkLimits(maxBytes: number, maxEntries: number): void {
  if (!(maxBytes > 0)) throw new RangeError(`maxBytes must be positive, got ${maxBytes}`);
  if (!(maxEntries >= 1)) throw new RangeError(`maxEntries must be at least 1, got ${maxEntries}`);
}
