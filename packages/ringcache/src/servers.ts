// A member's two servers, and how it reaches other members.

import type { Admin, CacheNode, Connect, ConnectAdmin, Dial, Door, OnError } from '@ringcache/cache-core';
import {
  adminGrpc,
  type BatchSizes,
  type ClientAuth,
  connectGrpc,
  dialGrpc,
  type GrpcServer,
  serveGrpc,
  type TlsSource,
} from '@ringcache/transport-grpc';
import {
  adminHttp,
  connectHttp,
  dialGroupcache,
  dialHttp,
  type HttpServer,
  type RequestHook,
  serveHttp,
} from '@ringcache/transport-http';

import { exposures, refuseExposure } from './exposure.js';
import { type JoinTls, openTls } from './tls-option.js';

export type PeerTransport = 'grpc' | 'http';

export interface ServerOptions {
  /** `host:port` for gRPC, as the others reach this member; port 0: any. Left out: none. */
  grpc?: string | undefined;
  /** `host:port` for HTTP, likewise. */
  http?: string | undefined;
  /** Where to listen, if it is not where the others reach this member (a container, a NAT). */
  listen?: { grpc?: string | undefined; http?: string | undefined } | undefined;
  /** The largest value that crosses a wire, in bytes. Default 4 MiB. */
  maxValueBytes?: number | undefined;
  /** Answers HTTP requests for paths of the embedding app's own; true: answered. */
  onHttpRequest?: RequestHook | undefined;
  peerTransport?: PeerTransport | undefined;
  dialect?: string | undefined;
  /**
   * TLS of both servers, and of the way to other members, who are shown the same certificate: it must be good for the host
   * of this member's addresses, as server and as client. Default: no TLS.
   */
  tls?: JoinTls | undefined;
  /**
   * Whether the servers ask for certificates of clients. Default `optional` if there is a `ca`, by which they are verified,
   * else `none`. With `required` programs need one as well.
   */
  clientAuth?: ClientAuth | undefined;
  /** Who is let in, and how often, such as `createDoor` of `@ringcache/access` makes it; stays the caller's to close. Default: everybody. */
  door?: Door | undefined;
  /** What this member shows the others, so that their doors take it for one of them. Default: nothing but its certificate. */
  peerToken?: string | undefined;
  /** Refuses to listen beyond loopback without TLS, or with nothing that tells members from others. Default false. */
  requireTls?: boolean | undefined;
  /** Counts what messages between members, and of clients, carry over gRPC. Default: nobody does. */
  batchSizes?: BatchSizes | undefined;
  /** Hears at the start of what is open beyond loopback, a sentence each. Default: `process.emitWarning`. */
  onWarning?: ((message: string) => void) | undefined;
  onError?: OnError | undefined;
}

export interface Servers {
  /** Where the others reach this member, with the ports it got; '' for a server it does not have. */
  readonly addresses: { readonly grpc: string; readonly http: string };
  readonly dial: Dial;
  readonly connect: Connect;
  /** How an operator's questions reach another member, which takes them for those of a member. */
  readonly admin: ConnectAdmin;
  /** Takes no new calls, and resolves when those in flight are answered, or its bound has passed. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param admin what answers an operator who asks this member.
 * @throws {CacheError} `invalid_argument`: what TLS needs is not there; {Error} an address that cannot be bound.
 */
export async function startServers(
  node: CacheNode,
  options: ServerOptions & { readonly cluster: string },
  admin: Admin,
): Promise<Servers> {
  const onError = options.onError ?? (() => {});
  const tls = options.tls && (await openTls(options.tls, onError));
  const clientAuth = options.clientAuth ?? (tls?.source.current().ca === undefined ? 'none' : 'optional');
  const security = { tls: tls?.source, clientAuth, door: options.door, admin, onError };
  const limits = options.maxValueBytes === undefined ? {} : { maxValueBytes: options.maxValueBytes };
  const { batchSizes } = options;
  const towards = { ...limits, tls: tls?.source, token: options.peerToken, batchSizes };
  let grpc: GrpcServer | undefined;
  let http: HttpServer | undefined;
  try {
    refuseExposure({ ...options, clientAuth });
    if (options.grpc !== undefined) {
      grpc = await serveGrpc(node, {
        ...limits,
        ...security,
        batchSizes,
        address: options.listen?.grpc ?? options.grpc,
      });
    }
    if (options.http !== undefined) {
      const hook = options.onHttpRequest === undefined ? {} : { onRequest: options.onHttpRequest };
      http = await serveHttp(node, { ...limits, ...security, ...hook, address: options.listen?.http ?? options.http });
    }
  } catch (error) {
    await grpc?.close();
    tls?.close();
    throw error;
  }
  for (const open of exposures({ ...options, clientAuth })) (options.onWarning ?? emitWarning)(open);
  return {
    addresses: { grpc: reached(options.grpc, grpc?.port), http: reached(options.http, http?.port) },
    dial: dialOf(options, { ...towards, cluster: options.cluster }),
    connect: options.peerTransport === 'http' ? connectHttp(towards) : connectGrpc(towards),
    admin: options.peerTransport === 'http' ? adminHttp(towards) : adminGrpc(towards),
    drain: async () => void (await Promise.all([grpc?.drain(), http?.drain()])),
    close: async () => {
      await Promise.all([grpc?.close(), http?.close()]);
      tls?.close();
    },
  };
}

interface Towards {
  maxValueBytes?: number;
  tls: TlsSource | undefined;
  token: string | undefined;
  batchSizes: BatchSizes | undefined;
}

function dialOf(options: ServerOptions, towards: Towards & { cluster: string }): Dial {
  if (options.peerTransport !== 'http') return dialGrpc(towards);
  return options.dialect === 'groupcache' ? dialGroupcache(towards) : dialHttp(towards);
}

function emitWarning(message: string): void {
  process.emitWarning(message, 'RingcacheWarning');
}

/** The address that was asked for, its port 0 replaced by the one that was got. */
function reached(address: string | undefined, port: number | undefined): string {
  if (address === undefined || port === undefined) return '';
  return address.endsWith(':0') ? `${address.slice(0, -2)}:${port}` : address;
}
