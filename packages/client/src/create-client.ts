import { type Connect, shieldedOnError, systemClock } from '@ringcache/cache-core';
import type { Discovery } from '@ringcache/discovery';
import { connectGrpc, type TlsMaterial, type TlsSource } from '@ringcache/transport-grpc';
import { connectHttp } from '@ringcache/transport-http';

import { Client, type ClientOptions } from './client.js';
import { RingNews } from './ring-news.js';
import { fromDiscovery, fromNodes } from './sources.js';

export interface CreateClientOptions extends Omit<ClientOptions, 'source' | 'connect'> {
  /** Finds the members; stays the caller's to close. One of `discovery` and `nodes` must be given. */
  discovery?: Pick<Discovery, 'watch'> | undefined;
  /** Or: addresses of nodes, `host:port`, that are asked who the members are. */
  nodes?: readonly string[] | undefined;
  /** Default `grpc`, whose calls are batched. */
  transport?: 'grpc' | 'http' | undefined;
  /**
   * Calls go over TLS: whom to trust, and what to show. `{}`: the authorities that Node.js comes with, and nothing. Default:
   * no TLS.
   */
  tls?: TlsMaterial | TlsSource | undefined;
  /** Shown to nodes with every call, or where to get it. Send it over TLS, or on loopback. Default: none. */
  token?: string | (() => string | undefined) | undefined;
  /**
   * How often nodes are asked again who the members are, in ms. Default 5,000. Over gRPC they say with their answers that their
   * ring is another one; then they are asked at once.
   */
  pollMs?: number | undefined;
}

const DEFAULT_POLL_MS = 5_000;

/** A client of a running cluster, over real transports. Close it when done. @throws {TypeError} without a way to find members. */
export function createClient(options: CreateClientOptions): Client {
  const { discovery, nodes, transport = 'grpc', pollMs = DEFAULT_POLL_MS, tls, token, ...rest } = options;
  const news = new RingNews();
  const onRing = (address: string, fingerprint: string) => news.heard(address, fingerprint);
  const connect: Connect = transport === 'grpc' ? connectGrpc({ tls, token, onRing }) : connectHttp({ tls, token });
  const onError = shieldedOnError(options.onError);
  const { clock = systemClock, random = Math.random } = options;
  if (discovery !== undefined) return new Client({ ...rest, connect, source: fromDiscovery(discovery) });
  if (nodes !== undefined && nodes.length > 0) {
    return new Client({
      ...rest,
      connect,
      source: fromNodes({ nodes, connect, clock, random, onError, pollMs, news }),
    });
  }
  throw new TypeError('a client needs `discovery`, or the addresses of some `nodes`');
}
