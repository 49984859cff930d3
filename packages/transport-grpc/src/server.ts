import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { CacheNode } from '@ringcache/cache-core';
import { admin, groupcachepb } from '@ringcache/proto';
import { sourceOf } from '@ringcache/tls';
import { adminService } from './admin-service.js';
import { cacheDefinition, cacheService } from './cache-service.js';
import { groupcacheService } from './groupcache-service.js';
import { maxMessageBytes } from './limits.js';
import { type Listener, listen, listenTls } from './listen.js';
import { peerDefinition, peerService } from './peer-service.js';
import { type GrpcServerOptions, type ServerLimits, serverLimits } from './server-options.js';
import { Traffic } from './traffic.js';
import { withReadableRequests } from './unary-definition.js';

export interface GrpcServer {
  /** Where it listens, `host:port`. */
  readonly address: string;
  readonly port: number;
  /**
   * Health says NOT_SERVING, what arrives is refused as unanswered, so that callers ask another member, and what is in
   * flight is finished: at most `drainTimeoutMs`. To be followed by `close()`.
   */
  drain(): Promise<void>;
  /** Ends every stream at once, then every connection: at most `closeTimeoutMs`. */
  close(): Promise<void>;
}

const SERVICES = ['ringcache.v1.Cache', 'ringcache.v1.Peer', 'ringcache.v1.Admin', 'groupcachepb.GroupCache'];
const DEFAULT_ADDRESS = '127.0.0.1:0'; // the cache trusts whoever can reach it, so by default that is this machine

/**
 * Serves a node over gRPC: clients, peers, admin, stock groupcache stubs, health and reflection, all on one port.
 * @throws {Error} the address cannot be bound.
 */
export async function serveGrpc(node: CacheNode, options: GrpcServerOptions = {}): Promise<GrpcServer> {
  const limits = serverLimits(options);
  const traffic = new Traffic(options.door, options.batchSizes);
  // Only servers load these two and what they bring along: programs that are clients alone start in a sixth less time.
  const [{ HealthImplementation }, { reflectionOf }] = await Promise.all([
    import('grpc-health-check'),
    import('./reflection.js'),
  ]);
  const health = new HealthImplementation(Object.fromEntries(['', ...SERVICES].map((name) => [name, 'SERVING'])));
  const server = new Server(channelOptions(limits));
  server.addService(withReadableRequests(cacheDefinition), cacheService(node, traffic, limits));
  server.addService(withReadableRequests(peerDefinition), peerService(node, traffic, limits));
  server.addService(withReadableRequests(admin.AdminService), adminService(node, options.admin, traffic));
  server.addService(withReadableRequests(groupcachepb.GroupCacheService), groupcacheService(node, traffic, limits));
  health.addToServer(server);
  (await reflectionOf(SERVICES)).addToServer(server);
  const wanted = options.address ?? DEFAULT_ADDRESS;
  const listener = await listenAs(server, wanted, options, limits);
  const { port } = listener;
  const stop = (when: 'idle' | 'now') => {
    for (const name of ['', ...SERVICES]) health.setStatus(name, 'NOT_SERVING');
    traffic.stop(when);
  };
  const address = `${wanted.slice(0, wanted.lastIndexOf(':'))}:${port}`;
  return {
    address,
    port,
    // No GOAWAY yet: a keepalive ping that a client sends after one makes grpc-js drop the calls that are still in flight.
    drain: () => {
      stop('idle');
      return traffic.idle(limits.drainTimeoutMs);
    },
    close: () => {
      stop('now');
      return shutDown(server, listener, limits.closeTimeoutMs);
    },
  };
}

function channelOptions(limits: ServerLimits) {
  return {
    'grpc.max_send_message_length': -1, // what goes out is bounded by what was asked for; keys of a GetMany come back with it
    'grpc.max_receive_message_length': maxMessageBytes(limits.maxValueBytes, limits.maxBytesPerMessage),
    'grpc.max_concurrent_streams': limits.maxStreamsPerConnection,
    'grpc.keepalive_time_ms': limits.keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    'grpc.enable_channelz': 0,
  };
}

function listenAs(
  server: Server,
  address: string,
  { credentials, tls, clientAuth = 'none', onError = () => {} }: GrpcServerOptions,
  { handshakeTimeoutMs }: ServerLimits,
): Promise<Listener> {
  if (tls === undefined) return listen(server, address, credentials ?? ServerCredentials.createInsecure());
  return listenTls(server, address, { source: sourceOf(tls), clientAuth, handshakeTimeoutMs, onError });
}

/**
 * Lets the last bytes leave, then cuts what is left, such as those who watch the health. It is `drain` that cuts: with
 * channelz off, forceShutdown of grpc-js 1.14 knows no connections and cuts none.
 */
async function shutDown(server: Server, listener: Listener, timeoutMs: number): Promise<void> {
  listener.drain(timeoutMs);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  await listener.close();
}
