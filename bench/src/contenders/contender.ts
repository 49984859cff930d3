// What is compared. Each cache is wrapped in a class of the same three or four methods, and one process runs one class, so
// the wrapper is inlined and costs nothing.

export interface Contender {
  /** undefined: there is none. */
  get(key: string): Uint8Array | undefined;
  /** {@link get} where the key came as bytes: a cache that can't read bytes makes a string of them. */
  getBytes(key: Buffer): Uint8Array | undefined;
  set(key: string, value: Uint8Array): void;
  /** {@link set} with the entry's own time to live, an index into {@link TTLS_MS}. Only where {@link Kind.ttlPerEntry}. */
  setFor?(key: string, value: Uint8Array, ttl: number): void;
}

export interface Room {
  /** How many entries the cache is to hold. */
  readonly entries: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
}

/**
 * Which hits are right, as a check that a cache did its work:
 * `lru`: exactly those of least-recently-used; `unbounded`: at least those; `own`: near them; `control`: there is no
 * cache, all is a hit.
 */
export type Hits = 'lru' | 'unbounded' | 'own' | 'control';

export interface Kind {
  /** What it is, in a line. */
  readonly about: string;
  readonly hits: Hits;
  readonly ttlPerEntry: boolean;
  /** Keys and values are copied into memory of the cache's own. */
  readonly copies: boolean;
  /** An empty cache with that room. */
  make(room: Room): Contender;
}

/** For caches that are given one time to live: longer than any measurement, so nothing expires, but it is kept. */
export const TTL_MS = 3_600_000;

/** What entries live for where they differ, by index: from "gone before it is asked for again" to "for ever". */
export const TTLS_MS: readonly number[] = [20, 200, 2_000, TTL_MS];
