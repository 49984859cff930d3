// What a pipe's messages are to grpc-js: Buffers. They are encoded and decoded here (pipe-encode.ts, pipe-decode.ts), so a
// message that cannot be read ends its stream with a status that says so, and what grpc-js would make of it (INTERNAL) never
// shows.

import type { MethodDefinition } from '@grpc/grpc-js';
import { pipe } from '@ringcache/proto';

export type Request = pipe.Request;
export type Response = pipe.Response;

/** Sent in the first message of each side; another number is refused. */
export const PROTOCOL = 1;

const NO_BYTES = Buffer.alloc(0);
const NOBODY: string[] = [];

export function emptyResponse(id: number): Response {
  return {
    id,
    error: undefined,
    value: NO_BYTES,
    version: 0,
    ttlMs: 0,
    source: pipe.Source.UNSPECIFIED,
    servedBy: '',
    absent: false,
    missing: NOBODY,
    staleForMs: 0,
    exchange: undefined,
  };
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

/** The same memory, as plain bytes: their slice() copies into memory of its own, where a Buffer's is a view. */
export function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
