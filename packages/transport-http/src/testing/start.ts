import { once } from 'node:events';
import { connect } from 'node:net';
import { type CacheNode, Group, type Loader, type Member, Peers, systemClock } from '@ringcache/cache-core';

import { dialHttp } from '../dial.js';
import { type HttpServer, type HttpServerOptions, serveHttp } from '../server.js';

/** Names the node that {@link start} serves, as members do. */
export const ADDRESSEE = { 'Ringcache-Cluster': 'default', 'Ringcache-To': 'served#present' };

export interface StartOptions {
  /** Name to loader. Default: `g`, whose values are `value of <key>`. */
  groups?: Record<string, Loader | undefined>;
  self?: Partial<Member>;
  server?: HttpServerOptions;
  /** Of every group. */
  limits?: { ttlMs?: number; ttlJitter?: number; maxValueBytes?: number };
}

export interface Started {
  readonly node: CacheNode;
  readonly server: HttpServer;
  /** Asks as a stranger would. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** {@link ask} for a body of JSON. */
  json<T>(path: string, init?: RequestInit): Promise<T>;
  /** Writes bytes to the port and resolves with all that came until the server closed. */
  raw(bytes: string | Buffer): Promise<string>;
}

const cleanups: (() => Promise<void> | void)[] = [];

/** To be undone by {@link stopAll}; newest first. */
export function cleanUp(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

/** For `afterEach`. */
export async function stopAll(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A node of real parts, alone in its ring, served. */
export async function start(options: StartOptions = {}): Promise<Started> {
  const self: Member = { id: 'served', grpc: '', http: '', weight: 1, ...options.self };
  const dial = dialHttp({ cluster: 'default' });
  const peers = new Peers({ self, incarnation: 'present', dial, replicas: 16, exchanges: false });
  const loaders = options.groups ?? { g: async (key) => Buffer.from(`value of ${key}`) };
  const groups = new Map(
    Object.entries(loaders).map(([name, load]) => [
      name,
      new Group({ name, load, peers, clock: systemClock, ttlJitter: 0, ...options.limits }),
    ]),
  );
  const node: CacheNode = { peers, groups };
  const server = await serveHttp(node, { drainTimeoutMs: 0, ...options.server });
  cleanUp(() => peers.close());
  cleanUp(() => {
    for (const group of groups.values()) group.close();
  });
  cleanUp(() => server.close());
  const ask = (path: string, init?: RequestInit) => fetch(`http://${server.address}${path}`, init);
  return {
    node,
    server,
    ask,
    json: async <T>(path: string, init?: RequestInit) => (await (await ask(path, init)).json()) as T,
    raw: (bytes) => exchangeRaw(server.port, bytes),
  };
}

async function exchangeRaw(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {}); // a reset after the answer is the server's right; what came before it counts
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}
