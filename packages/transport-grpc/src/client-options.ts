import type { ChannelCredentials } from '@grpc/grpc-js';
import type { TlsMaterial, TlsSource } from '@ringcache/tls';
import type { BatchSizes } from './batch-sizes.js';
import type { Token } from './bearer.js';
import * as limits from './limits.js';

/** All have defaults. */
export interface GrpcClientOptions {
  /** Calls go over TLS: what to verify the server by, and what to show it of oneself. Default: no TLS. */
  tls?: TlsMaterial | TlsSource | undefined;
  /** Shown to the server with every stream and call. Send it over TLS only. Default: none. */
  token?: Token | undefined;
  /** Counts what messages of pipes carry. Default: nobody does. */
  batchSizes?: BatchSizes | undefined;
  /** Of grpc-js, in place of `tls`. */
  credentials?: ChannelCredentials | undefined;
  /** The largest value that is sent or taken, in bytes. Default 4 MiB; all members should have the same. */
  maxValueBytes?: number | undefined;
  /** Requests in one message. Default 1024. */
  maxEntriesPerMessage?: number | undefined;
  /** Bytes in one message, unless a single request is larger. Default 1 MiB. */
  maxBytesPerMessage?: number | undefined;
  /** Requests in flight to one member; more wait. Default 8192, half of what a server accepts. */
  maxInFlight?: number | undefined;
  /** Bytes of the requests in flight to one member, unless one alone has more; more wait. Default 16 MiB. */
  maxBytesInFlight?: number | undefined;
  /** Callers that wait for their turn; more are refused with `overloaded`. Default 65,536. */
  maxWaiting?: number | undefined;
  /** How long a call waits for the connection, in ms. Default 1,000. */
  connectTimeoutMs?: number | undefined;
  /** How long a call may take whose caller gives no timeout, in ms. Default 10,000. */
  callTimeoutMs?: number | undefined;
  /** Silence on a connection until it is asked for a sign of life, in ms. Default 20,000. */
  keepaliveTimeMs?: number | undefined;
  /** How long that may take before the connection counts as broken, in ms. Default 5,000. */
  keepaliveTimeoutMs?: number | undefined;
}

export type ClientLimits = Required<{
  [K in keyof Omit<GrpcClientOptions, 'credentials' | 'tls' | 'token' | 'batchSizes'>]: NonNullable<
    GrpcClientOptions[K]
  >;
}>;

export function clientLimits(options: GrpcClientOptions): ClientLimits {
  return {
    maxValueBytes: options.maxValueBytes ?? limits.MAX_VALUE_BYTES,
    maxEntriesPerMessage: options.maxEntriesPerMessage ?? limits.MAX_ENTRIES_PER_MESSAGE,
    maxBytesPerMessage: options.maxBytesPerMessage ?? limits.MAX_BYTES_PER_MESSAGE,
    maxInFlight: options.maxInFlight ?? limits.MAX_IN_FLIGHT,
    maxBytesInFlight: options.maxBytesInFlight ?? limits.MAX_BYTES_IN_FLIGHT,
    maxWaiting: options.maxWaiting ?? limits.MAX_WAITING,
    connectTimeoutMs: options.connectTimeoutMs ?? limits.CONNECT_TIMEOUT_MS,
    callTimeoutMs: options.callTimeoutMs ?? limits.CALL_TIMEOUT_MS,
    keepaliveTimeMs: options.keepaliveTimeMs ?? limits.KEEPALIVE_TIME_MS,
    keepaliveTimeoutMs: options.keepaliveTimeoutMs ?? limits.KEEPALIVE_TIMEOUT_MS,
  };
}
