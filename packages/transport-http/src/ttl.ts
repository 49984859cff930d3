import { CacheError } from '@ringcache/cache-core';

const MS_OF_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const MILLISECONDS = /^(?:\d+(?:\.\d+)?|Infinity)$/;

/** Reads a duration as people write it: `30s`, `1.5h`, `forever`. @throws {CacheError} `invalid_argument`: also for a bare number. */
export function parseDuration(text: string): number {
  if (text === 'forever') return Number.POSITIVE_INFINITY;
  const match = DURATION.exec(text);
  if (match !== null) return Number(match[1]) * MS_OF_UNIT[match[2]!]!;
  throw new CacheError(
    'invalid_argument',
    `ttl must be like 500ms, 30s, 5m, 2h, 1d or forever, got ${JSON.stringify(text)}`,
  );
}

/** Reads ms ≥ 0 from a header, `Infinity` allowed. @throws {CacheError} `invalid_argument` that names the header. */
export function parseMilliseconds(header: string, text: string): number {
  if (MILLISECONDS.test(text)) return Number(text);
  throw new CacheError('invalid_argument', `${header} must be milliseconds, 0 or more, got ${JSON.stringify(text)}`);
}
