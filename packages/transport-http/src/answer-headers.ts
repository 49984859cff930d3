// What is known of an entry besides its bytes, as headers, and back: enough to make the Answer again on the other side.

import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, CacheError, type Entry, type Source } from '@ringcache/cache-core';

import { decode } from './percent.js';

export const TTL_HEADER = 'X-Ringcache-Ttl-Ms';
export const VERSION_HEADER = 'X-Ringcache-Version';
export const KEEP_OWNED_HEADER = 'X-Ringcache-Keep-Owned';
export const TIMEOUT_HEADER = 'X-Ringcache-Timeout-Ms';
const SOURCE_HEADER = 'X-Ringcache-Source';
const SERVED_BY_HEADER = 'X-Ringcache-Served-By';

/** Flat, name after value, as node:http takes them at the least cost. An entry that does not expire has no time to live. */
export function entryHeaders(entry: Entry): string[] {
  const headers = ['Content-Length', String(entry.value.byteLength), VERSION_HEADER, String(entry.version)];
  if (entry.ttlMs !== Number.POSITIVE_INFINITY) headers.push(TTL_HEADER, String(Math.ceil(entry.ttlMs)));
  return headers;
}

export function answerHeaders(answer: Answer): string[] {
  const headers = entryHeaders(answer);
  headers.push(SOURCE_HEADER, answer.source, SERVED_BY_HEADER, headerText(answer.servedBy));
  return headers;
}

/** @throws {CacheError} `unavailable`: the reply is none of a ringcache node's. */
export function entryOf(headers: IncomingHttpHeaders, value: Uint8Array): Entry {
  const version = Number(headers[VERSION_HEADER.toLowerCase()] ?? Number.NaN);
  if (!Number.isSafeInteger(version) || version < 0) throw stranger(VERSION_HEADER);
  const ttl = headers[TTL_HEADER.toLowerCase()];
  const ttlMs = ttl === undefined ? Number.POSITIVE_INFINITY : Number(ttl);
  if (!(ttlMs >= 0)) throw stranger(TTL_HEADER);
  return { value, version, ttlMs };
}

/** @throws {CacheError} `unavailable`, as with {@link entryOf}. */
export function answerOf(headers: IncomingHttpHeaders, body: Uint8Array): Answer {
  const { value, version, ttlMs } = entryOf(headers, body);
  const source = headers[SOURCE_HEADER.toLowerCase()];
  if (!isSource(source)) throw stranger(SOURCE_HEADER);
  const servedBy = headers[SERVED_BY_HEADER.toLowerCase()];
  if (typeof servedBy !== 'string') throw stranger(SERVED_BY_HEADER);
  return { value, version, ttlMs, source, servedBy: decode(servedBy) };
}

function isSource(text: string | string[] | undefined): text is Source {
  return text === 'main' || text === 'hot' || text === 'load';
}

// Not an answer of the member that was meant, so that another one may be asked.
function stranger(header: string): CacheError {
  return new CacheError('unavailable', `whoever answers there is no ringcache node: ${header} is missing or malformed`);
}

const PLAIN = /^[\x21-\x24\x26-\x7e]*$/; // printable, and no percent sign: what decoding leaves as it is

/** A member's id is any text; a header is not. */
export function headerText(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent((text as string & { toWellFormed(): string }).toWellFormed());
}
