import { CacheError } from '@ringcache/cache-core';

/** @throws {CacheError} `invalid_argument`: malformed, or not UTF-8. */
export function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new CacheError('invalid_argument', 'malformed percent-encoding, or not of UTF-8', { cause });
  }
}
