// A change of a key as a request, and its result as JSON: alike for strangers and for members, and both ways.

import type { IncomingMessage } from 'node:http';
import { CacheError, type Change, type WriteResult } from '@ringcache/cache-core';

import { TTL_HEADER } from './answer-headers.js';
import { readBody } from './body.js';
import { parseObject } from './json.js';
import { parseMilliseconds } from './ttl.js';

export interface ChangeRequest {
  readonly method: 'PUT' | 'DELETE';
  readonly headers: string[];
  readonly body: Uint8Array | undefined;
}

/** @throws {CacheError} `too_large`: not sent, since it would be refused. */
export function requestOf(change: Change, maxValueBytes: number): ChangeRequest {
  if (change.op === 'delete') return { method: 'DELETE', headers: [], body: undefined };
  const { byteLength } = change.value;
  if (byteLength > maxValueBytes) {
    throw new CacheError('too_large', `the value has ${byteLength} bytes; the limit is ${maxValueBytes}`);
  }
  const headers = change.ttlMs === undefined ? [] : [TTL_HEADER, String(change.ttlMs)];
  return { method: 'PUT', headers, body: change.value };
}

/**
 * @param ttlMs the time to live if it was given elsewhere than in the header.
 * @throws {CacheError} `invalid_argument`, `too_large`; `unavailable`: the body broke off.
 */
export async function changeOf(
  req: IncomingMessage,
  key: string,
  maxValueBytes: number,
  ttlMs?: number,
): Promise<Change> {
  if (req.method === 'DELETE') return { op: 'delete', key };
  const header = req.headers[TTL_HEADER.toLowerCase()];
  const life = typeof header === 'string' ? parseMilliseconds(TTL_HEADER, header) : ttlMs;
  return { op: 'set', key, value: await readBody(req, maxValueBytes), ttlMs: life };
}

/** @throws {CacheError} `unavailable`: the reply is none of a ringcache node's. */
export function writeResultOf(body: Buffer): WriteResult {
  const { version, applied, missing, staleForMs } = parseObject(body);
  if (typeof version === 'number') {
    if (applied === 'all') return { version, applied };
    if (applied === 'partial' && Array.isArray(missing) && typeof staleForMs === 'number') {
      return { version, applied, missing: missing.map(String), staleForMs };
    }
  }
  throw new CacheError('unavailable', 'whoever answers there is no ringcache node: its reply tells of no write');
}
