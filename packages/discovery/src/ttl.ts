import { CacheError } from '@ringcache/cache-core';

export const DEFAULT_TTL_MS = 10_000;
export const MIN_TTL_MS = 2_000; // what etcd grants at least: one and a half of its default election timeout, rounded up
export const MAX_TTL_MS = 24 * 3_600_000;

/** @throws {CacheError} `invalid_argument`: not from {@link MIN_TTL_MS} to {@link MAX_TTL_MS}. */
export function checkTtl(ttlMs: number): void {
  if (ttlMs >= MIN_TTL_MS && ttlMs <= MAX_TTL_MS) return;
  throw new CacheError('invalid_argument', `a TTL must be ${MIN_TTL_MS} to ${MAX_TTL_MS} ms, not ${ttlMs}`);
}
