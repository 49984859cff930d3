import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { CacheError, type ErrorCode } from '@ringcache/cache-core';
import { origin } from '@ringcache/proto';

import type { Origin } from './origin.js';

/** What a failed load is, by what the origin answered. NOT_FOUND is no failure: there is no such key. */
const CODES: Partial<Record<status, ErrorCode>> = {
  [status.INVALID_ARGUMENT]: 'invalid_argument',
  [status.DEADLINE_EXCEEDED]: 'deadline',
  [status.CANCELLED]: 'deadline', // by the load's own signal
  [status.UNAVAILABLE]: 'unavailable',
  [status.RESOURCE_EXHAUSTED]: 'overloaded',
  [status.PERMISSION_DENIED]: 'permission_denied',
  [status.UNAUTHENTICATED]: 'permission_denied',
};

/** A service that implements ringcache.origin.v1.Origin. One connection, made when first needed. */
export function grpcOrigin(options: { target: string; group: string; maxValueBytes: number }): Origin {
  const ROOM = 64 * 1024; // beside the value, in a message
  const client = new origin.OriginClient(options.target, credentials.createInsecure(), {
    'grpc.max_receive_message_length': options.maxValueBytes + ROOM,
    'grpc.max_reconnect_backoff_ms': 2_000, // an origin that is back is found again within it
  });
  return {
    load: (key, { signal, requestId }) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        if (requestId !== undefined) metadata.set('x-request-id', requestId);
        const call = client.load({ group: options.group, key }, metadata, (error, response) => {
          signal.removeEventListener('abort', cancel);
          if (error === null) return resolve({ value: response.value, ttlMs: response.ttlMs || undefined });
          if (error.code === status.NOT_FOUND) return resolve(undefined);
          reject(failureOf(error, options.target));
        });
        const cancel = () => call.cancel();
        signal.addEventListener('abort', cancel, { once: true });
      }),
    close: async () => client.close(),
  };
}

function failureOf(error: ServiceError, target: string): CacheError {
  return new CacheError(CODES[error.code] ?? 'internal', `origin ${target}: ${error.details}`, { cause: error });
}
