import type { ServerCredentials } from '@grpc/grpc-js';
import type { Admin, Door, OnError } from '@ringcache/cache-core';
import type { ClientAuth, TlsMaterial, TlsSource } from '@ringcache/tls';
import type { BatchSizes } from './batch-sizes.js';
import * as limits from './limits.js';

/** All have defaults. */
export interface GrpcServerOptions {
  /** Where to listen, `host:port`; port 0: any free one. Default `127.0.0.1:0`. */
  address?: string | undefined;
  /** TLS, and nothing else, on this port: certificate and key of the server. Default: no TLS. */
  tls?: TlsMaterial | TlsSource | undefined;
  /** Whether certificates of clients are asked for, to be verified by the `ca` of `tls`. Default `none`. */
  clientAuth?: ClientAuth | undefined;
  /** Who is let in, and how often. Default: everybody. Health and reflection are open to all. */
  door?: Door | undefined;
  /** What answers an operator. Default: nothing does, but clients are told of the ring. */
  admin?: Admin | undefined;
  /** Counts what messages of pipes carry. Default: nobody does. */
  batchSizes?: BatchSizes | undefined;
  /** Of grpc-js, in place of `tls`. */
  credentials?: ServerCredentials | undefined;
  /** How long a TLS handshake may take, in ms. Default 10,000. */
  handshakeTimeoutMs?: number | undefined;
  /** Hears of client certificates that are refused: their owners learn no more than that the connection is closed. Default: nobody. */
  onError?: OnError | undefined;
  /** The largest value that is sent or taken, in bytes. Default 4 MiB; all members should have the same. */
  maxValueBytes?: number | undefined;
  /** Responses in one message. Default 1024. */
  maxEntriesPerMessage?: number | undefined;
  /** Bytes in one message, unless a single response is larger. Default 1 MiB. */
  maxBytesPerMessage?: number | undefined;
  /** Requests in flight on one stream; more are answered `overloaded`. Default 16,384. */
  maxInFlightPerStream?: number | undefined;
  /**
   * Bytes of answers that wait on one stream to be sent: more requests wait their turn, and answers of those that have begun are
   * refused with `overloaded` beyond twice as many. Default 16 MiB.
   */
  maxUnsentBytesPerStream?: number | undefined;
  /** Calls and streams open on one connection; more wait at the client. Default 1,000. */
  maxStreamsPerConnection?: number | undefined;
  /** Silence on a connection until it is asked for a sign of life, in ms. Default 20,000. */
  keepaliveTimeMs?: number | undefined;
  /** How long that may take before the connection counts as broken, in ms. Default 5,000. */
  keepaliveTimeoutMs?: number | undefined;
  /** How long `drain()` waits for what is in flight, in ms. Default 10,000. */
  drainTimeoutMs?: number | undefined;
  /** How long `close()` waits for the last bytes to leave, in ms. Default 1,000. */
  closeTimeoutMs?: number | undefined;
}

export type ServerLimits = Required<{
  [K in keyof Omit<
    GrpcServerOptions,
    'address' | 'credentials' | 'tls' | 'clientAuth' | 'onError' | 'door' | 'admin' | 'batchSizes'
  >]: NonNullable<GrpcServerOptions[K]>;
}>;

export function serverLimits(options: GrpcServerOptions): ServerLimits {
  return {
    maxValueBytes: options.maxValueBytes ?? limits.MAX_VALUE_BYTES,
    maxEntriesPerMessage: options.maxEntriesPerMessage ?? limits.MAX_ENTRIES_PER_MESSAGE,
    maxBytesPerMessage: options.maxBytesPerMessage ?? limits.MAX_BYTES_PER_MESSAGE,
    maxInFlightPerStream: options.maxInFlightPerStream ?? limits.MAX_IN_FLIGHT_PER_STREAM,
    maxUnsentBytesPerStream: options.maxUnsentBytesPerStream ?? limits.MAX_UNSENT_BYTES_PER_STREAM,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? limits.HANDSHAKE_TIMEOUT_MS,
    maxStreamsPerConnection: options.maxStreamsPerConnection ?? limits.MAX_STREAMS_PER_CONNECTION,
    keepaliveTimeMs: options.keepaliveTimeMs ?? limits.KEEPALIVE_TIME_MS,
    keepaliveTimeoutMs: options.keepaliveTimeoutMs ?? limits.KEEPALIVE_TIMEOUT_MS,
    drainTimeoutMs: options.drainTimeoutMs ?? limits.DRAIN_TIMEOUT_MS,
    closeTimeoutMs: options.closeTimeoutMs ?? limits.CLOSE_TIMEOUT_MS,
  };
}
