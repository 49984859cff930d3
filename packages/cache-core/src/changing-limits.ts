// The limits of a group that can change while it serves. The others are what its parts are made of: who leaves, where values
// are kept, how long a flight that has begun may take.

import { checkLimit, checkTogether, type GroupLimits } from './group-options.js';
import type { Holdings } from './holdings.js';

export const CHANGEABLE_LIMITS = [
  'maxBytes',
  'maxEntries',
  'ttlMs',
  'ttlJitter',
  'negativeTtlMs',
  'staleWhileRevalidateMs',
  'staleIfErrorMs',
  'softTimeoutMs',
  'refreshAheadMs',
  'refreshBackoffMs',
  'hotTtlMs',
  'hotAfterFetches',
] as const;

export type ChangeableLimit = (typeof CHANGEABLE_LIMITS)[number];

/** What is left out stays. */
export type LimitChanges = { readonly [K in ChangeableLimit]?: GroupLimits[K] | undefined };

/**
 * Puts other limits in force: all of them, or none. Times to live are those of entries that are stored from now on; copies of
 * others' entries are dropped where theirs changes.
 * @throws {RangeError} that names the limit; then nothing has changed.
 */
export function changeLimits(limits: GroupLimits, holdings: Holdings, changes: LimitChanges): void {
  const given = CHANGEABLE_LIMITS.flatMap((name) => {
    const value = changes[name];
    return value === undefined ? [] : [{ name, value }];
  });
  for (const { name, value } of given) checkLimit(name, value);
  checkTogether({ ...limits, ...Object.fromEntries(given.map(({ name, value }) => [name, value])) });
  const before = { ...limits };
  for (const { name, value } of given) limits[name] = value;
  if (limits.maxBytes !== before.maxBytes) holdings.resize(limits.maxBytes);
  if (limits.maxEntries !== before.maxEntries) holdings.limitEntries(limits.maxEntries);
  if (limits.hotTtlMs !== before.hotTtlMs) holdings.limitCopies(limits.hotTtlMs);
  holdings.extendGrace(graceMsOf(limits));
}

/** How long an expired entry is good for anything. */
export function graceMsOf({
  staleWhileRevalidateMs,
  staleIfErrorMs,
}: Pick<GroupLimits, 'staleWhileRevalidateMs' | 'staleIfErrorMs'>): number {
  return Math.max(staleWhileRevalidateMs, staleIfErrorMs);
}
