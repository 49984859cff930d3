import type { GroupConfig } from './config.js';

/** Limits of a group that a reload changes, but for those of its size: in the words of the library. */
export function changingLimits(group: GroupConfig) {
  return {
    ttlMs: group.ttl,
    ttlJitter: group.ttlJitter,
    negativeTtlMs: group.negativeTtl,
    staleWhileRevalidateMs: group.staleWhileRevalidate,
    staleIfErrorMs: group.staleIfError,
    softTimeoutMs: group.softTimeout,
    refreshAheadMs: group.refreshAhead,
    refreshBackoffMs: group.refreshBackoff,
    hotTtlMs: group.hotTtl,
    hotAfterFetches: group.hotAfterFetches,
  };
}
