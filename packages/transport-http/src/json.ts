import type { Member } from '@ringcache/cache-core';

/** A body as a JSON object; what is none is an empty one, so that the fields that are missed tell. */
export function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // told by the missing fields, in the words of whoever misses them
  }
}

export function isMember(value: unknown): value is Member {
  const { id, grpc, http, weight } = (value ?? {}) as Partial<Record<keyof Member, unknown>>;
  const texts = [id, grpc, http].every((text) => typeof text === 'string');
  return texts && id !== '' && typeof weight === 'number' && weight >= 0;
}
