// A member's two servers, and how it reaches other members.

import type { CacheNode, Connect, Dial } from '@ringcache/cache-core';
import { connectGrpc, dialGrpc, type GrpcServer, serveGrpc } from '@ringcache/transport-grpc';
import {
  connectHttp,
  dialGroupcache,
  dialHttp,
  type HttpServer,
  type RequestHook,
  serveHttp,
} from '@ringcache/transport-http';

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
}

export interface Servers {
  /** Where the others reach this member, with the ports it got; '' for a server it does not have. */
  readonly addresses: { readonly grpc: string; readonly http: string };
  readonly dial: Dial;
  readonly connect: Connect;
  /** Takes no new calls, and resolves when those in flight are answered, or its bound has passed. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export async function startServers(node: CacheNode, options: ServerOptions): Promise<Servers> {
  const limits = options.maxValueBytes === undefined ? {} : { maxValueBytes: options.maxValueBytes };
  let grpc: GrpcServer | undefined;
  let http: HttpServer | undefined;
  try {
    if (options.grpc !== undefined) {
      grpc = await serveGrpc(node, { ...limits, address: options.listen?.grpc ?? options.grpc });
    }
    if (options.http !== undefined) {
      const hook = options.onHttpRequest === undefined ? {} : { onRequest: options.onHttpRequest };
      http = await serveHttp(node, { ...limits, ...hook, address: options.listen?.http ?? options.http });
    }
  } catch (error) {
    await grpc?.close();
    throw error;
  }
  return {
    addresses: { grpc: reached(options.grpc, grpc?.port), http: reached(options.http, http?.port) },
    dial: dialOf(options, limits),
    connect: options.peerTransport === 'http' ? connectHttp(limits) : connectGrpc(limits),
    drain: async () => void (await Promise.all([grpc?.drain(), http?.drain()])),
    close: async () => void (await Promise.all([grpc?.close(), http?.close()])),
  };
}

function dialOf(options: ServerOptions, limits: { maxValueBytes?: number }): Dial {
  if (options.peerTransport !== 'http') return dialGrpc(limits);
  return options.dialect === 'groupcache' ? dialGroupcache(limits) : dialHttp(limits);
}

/** The address that was asked for, its port 0 replaced by the one that was got. */
function reached(address: string | undefined, port: number | undefined): string {
  if (address === undefined || port === undefined) return '';
  return address.endsWith(':0') ? `${address.slice(0, -2)}:${port}` : address;
}
