// A member's asking to be told of writes, and the answer, as JSON both ways.

import { CacheError, type Member, type Pledge } from '@ringcache/cache-core';

import { parseObject } from './json.js';

export const MAX_PLEDGE_BYTES = 16 * 1024; // of a request: one member

export function pledgeBody(member: Member, ring: string): Uint8Array {
  return Buffer.from(JSON.stringify({ member, ring }));
}

/** @throws {CacheError} `invalid_argument`. */
export function pledgeRequestOf(body: Buffer): { member: Member; ring: string } {
  const { member, ring } = parseObject(body);
  if (isMember(member) && typeof ring === 'string') return { member, ring };
  throw new CacheError(
    'invalid_argument',
    'the body must be JSON like {"member": {"id": …, "weight": 1}, "ring": "…"}',
  );
}

/** @throws {CacheError} `unavailable`: the reply is none of a ringcache node's. */
export function pledgeOf(body: Buffer): Pledge {
  const { told, listed } = parseObject(body);
  if (Array.isArray(told) && told.every(isMember) && typeof listed === 'boolean') return { told, listed };
  throw new CacheError('unavailable', 'whoever answers there is no ringcache node: its reply tells of no pledge');
}

export function isMember(value: unknown): value is Member {
  const { id, grpc, http, weight } = (value ?? {}) as Partial<Record<keyof Member, unknown>>;
  const texts = [id, grpc, http].every((text) => typeof text === 'string');
  return texts && id !== '' && typeof weight === 'number' && weight >= 0;
}
