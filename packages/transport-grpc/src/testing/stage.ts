import { createServer, type Server, type Socket } from 'node:net';

import { afterEach } from '@jest/globals';
import { type CacheNode, Group, type GroupOptions, type Member, Peers, systemClock } from '@ringcache/cache-core';

import type { GrpcClientOptions } from '../client-options.js';
import { connectGrpc, type GrpcConnectOptions, type GrpcNodeClient } from '../connect.js';
import { dialGrpc, type GrpcPeerClient } from '../dial.js';
import { type GrpcServer, serveGrpc } from '../server.js';
import type { GrpcServerOptions } from '../server-options.js';

/** Over a test's own limit: what is slow on a busy machine is not late. */
export const WITHIN = { timeoutMs: 120_000 };

export interface Served {
  readonly node: CacheNode;
  readonly group: Group;
  readonly server: GrpcServer;
}

/** Starts what a test needs, and stops it after the test, whatever became of it. */
export class Stage {
  readonly #cleanups: (() => unknown)[] = [];

  constructor() {
    afterEach(async () => {
      for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
    });
  }

  atEnd(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  /** A node alone in its ring, with one group `g`, served. */
  async serve(
    load: GroupOptions['load'],
    options: GrpcServerOptions = {},
    limits: Partial<GroupOptions> = {},
  ): Promise<Served> {
    const self: Member = { id: 'served', grpc: '', http: '', weight: 1 };
    const peers = new Peers({ self, incarnation: 'present', dial: dialGrpc({ cluster: 'default' }), exchanges: false });
    const group = new Group({ name: 'g', load, peers, clock: systemClock, ...limits });
    const node: CacheNode = { peers, groups: new Map([['g', group]]) };
    const server = await serveGrpc(node, options);
    this.atEnd(() => peers.close());
    this.atEnd(() => group.close());
    this.atEnd(() => server.close());
    return { node, group, server };
  }

  dial(address: string, options: GrpcClientOptions = {}): GrpcPeerClient {
    const served = { id: 'served', grpc: address, http: '', weight: 1, incarnation: 'present' };
    const client = dialGrpc({ cluster: 'default', ...options })(served);
    this.atEnd(() => client.close());
    return client;
  }

  connect(address: string, options: GrpcConnectOptions = {}): GrpcNodeClient {
    const client = connectGrpc(options)({ grpc: address, http: '' });
    this.atEnd(() => client.close());
    return client;
  }

  /** A TCP server that does with its connections what the test says. */
  async listen(
    onSocket: (socket: Socket) => void,
    port = 0,
  ): Promise<{ address: string; port: number; server: Server }> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}); // resets are what these tests are about
      onSocket(socket);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const bound = (server.address() as { port: number }).port;
    this.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return { address: `127.0.0.1:${bound}`, port: bound, server };
  }
}

/** A promise and what opens it. */
export class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** What a promise rejects with. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it did not fail: ${value}`);
    },
    (error: unknown) => error,
  );
}

/** Tries until it succeeds; bounded by the test's own limit. */
export async function eventually<T>(act: () => Promise<T> | T): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export function text(value: Uint8Array): string {
  return Buffer.from(value).toString();
}
