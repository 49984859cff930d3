import { CacheError } from '@ringcache/cache-core';

import { decode } from './percent.js';

/**
 * Refuses parameters that would be ignored: a misspelt `ttl` would keep a value for ever.
 * @throws {CacheError} `invalid_argument`, which names it.
 */
export function refuseOthers(query: string, known: readonly string[]): void {
  for (const pair of query.split('&')) {
    const name = decode((pair.split('=', 1)[0] ?? '').replaceAll('+', ' '));
    if (name === '' || known.includes(name)) continue;
    const there = known.length === 0 ? 'there is none' : `there is ${known.join(', ')}`;
    throw new CacheError('invalid_argument', `no such query parameter: ${JSON.stringify(name.slice(0, 50))}; ${there}`);
  }
}

/**
 * The first value that a query gives a name, decoded as forms are: `+` is a space. undefined: it gives none.
 * Unlike URLSearchParams it does not turn what is not UTF-8 into U+FFFD, which would be another key.
 * @throws {CacheError} `invalid_argument`: malformed percent-encoding.
 */
export function queryValue(query: string, name: string): string | undefined {
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const [left, right] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    if (decode(left.replaceAll('+', ' ')) === name) return decode(right.replaceAll('+', ' '));
  }
  return undefined;
}
