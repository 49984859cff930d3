// Messages of a pipe to bytes and back. The pipes take and give Buffers, and encode by themselves: so a message that cannot
// be read ends its stream with a status that says so, and what grpc-js would make of it (INTERNAL) never shows.

import type { MethodDefinition } from '@grpc/grpc-js';
import { pipe } from '@ringcache/proto';

import { countFields } from './fields.js';

export type Request = pipe.Request;
export type Response = pipe.Response;

/** Sent in the first message of each side; another number is refused. */
export const PROTOCOL = 1;

const REQUESTS_FIELD = 2;
const RESPONSES_FIELD = 3;

export function encodeRequests(message: pipe.Requests): Buffer {
  return asBuffer(pipe.Requests.encode(message).finish());
}

export function encodeResponses(message: pipe.Responses): Buffer {
  return asBuffer(pipe.Responses.encode(message).finish());
}

/** @throws {Error} the bytes are no such message, or one with more than `maxEntries` requests. */
export function decodeRequests(bytes: Buffer, maxEntries: number): pipe.Requests {
  checkEntries(bytes, REQUESTS_FIELD, maxEntries);
  return pipe.Requests.decode(bytes);
}

/** @throws {Error} the bytes are no such message, or one with more than `maxEntries` responses. */
export function decodeResponses(bytes: Buffer, maxEntries: number): pipe.Responses {
  checkEntries(bytes, RESPONSES_FIELD, maxEntries);
  return pipe.Responses.decode(bytes);
}

// Before decoding: an empty entry takes two bytes on the wire, and a hundred times that once it is an object.
function checkEntries(bytes: Buffer, field: number, maxEntries: number): void {
  const entries = countFields(bytes, field);
  if (entries > maxEntries) throw new RangeError(`${entries} entries in one message; the limit is ${maxEntries}`);
}

/** A pipe's method with nothing encoded by grpc-js. */
export function inBytes<Path extends string>(method: {
  readonly path: Path;
}): MethodDefinition<Buffer, Buffer> & { path: Path } {
  return {
    path: method.path,
    requestStream: true,
    responseStream: true,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  };
}

/** A serializer that leaves encoding to us. */
export function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

/** A view on the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A decoded value as it may be kept: a small Buffer lies in a pool, and would keep 8 KiB of others' bytes alive for as long
 * as it is in a cache.
 */
export function asValue(buffer: Buffer): Uint8Array {
  if (buffer.byteLength === buffer.buffer.byteLength) return new Uint8Array(buffer.buffer);
  return new Uint8Array(buffer);
}
