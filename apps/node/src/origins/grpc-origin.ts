import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { CacheError, type ErrorCode, type Loaded, type Tracing } from '@ringcache/cache-core';
import { splitAddress } from '@ringcache/config';
import { origin } from '@ringcache/proto';
import { inSpan } from '@ringcache/tracing';

import type { Origin } from './origin.js';
import { passedOn } from './passed-on.js';

const METHOD = 'ringcache.origin.v1.Origin/Load';

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

export interface GrpcOriginOptions {
  target: string;
  /** As the origin knows it. */
  group: string;
  maxValueBytes: number;
  tracing?: Tracing | undefined;
}

/** A service that implements ringcache.origin.v1.Origin. One connection, made when first needed. */
export function grpcOrigin(options: GrpcOriginOptions): Origin {
  const ROOM = 64 * 1024; // beside the value, in a message
  const client = new origin.OriginClient(options.target, credentials.createInsecure(), {
    'grpc.max_receive_message_length': options.maxValueBytes + ROOM,
    'grpc.max_reconnect_backoff_ms': 2_000, // an origin that is back is found again within it
  });
  const { host, port } = splitAddress(options.target);
  const attributes = {
    ...{ 'rpc.system.name': 'grpc', 'rpc.method': METHOD, 'server.address': host, 'server.port': port },
    'ringcache.group': options.group,
  };
  return {
    load: (key, { signal, requestId, trace: parent }) =>
      inSpan(options.tracing, METHOD, { kind: 'client', parent, key, attributes }, (trace, span) => {
        return new Promise<Loaded | undefined>((resolve, reject) => {
          const metadata = metadataOf(passedOn({ requestId, trace }));
          const call = client.load({ group: options.group, key }, metadata, (error, response) => {
            signal.removeEventListener('abort', cancel);
            span?.set({ 'rpc.response.status_code': status[error?.code ?? status.OK] });
            if (error === null) return resolve({ value: response.value, ttlMs: response.ttlMs || undefined });
            if (error.code === status.NOT_FOUND) return resolve(undefined);
            reject(failureOf(error, options.target));
          });
          const cancel = () => call.cancel();
          signal.addEventListener('abort', cancel, { once: true });
        });
      }),
    close: async () => client.close(),
  };
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function failureOf(error: ServiceError, target: string): CacheError {
  return new CacheError(CODES[error.code] ?? 'internal', `origin ${target}: ${error.details}`, { cause: error });
}
