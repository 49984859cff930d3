import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Admin, CacheError, type CacheNode, type Door, type OnError } from '@ringcache/cache-core';
import { type ClientAuth, sourceOf, type TlsMaterial, type TlsSource } from '@ringcache/tls';
import { formatAddress, parseAddress } from './address.js';
import { dispatch, type RequestHook } from './dispatch.js';
import { answerMalformed, remember } from './malformed.js';
import { createServer } from './tls-server.js';

export interface HttpServerOptions {
  /** `host:port`; port 0: any that is free. Default `127.0.0.1:0`. */
  address?: string;
  /** HTTPS, and nothing else, on this port: certificate and key of the server. Default: no TLS. */
  tls?: TlsMaterial | TlsSource | undefined;
  /** Whether certificates of clients are asked for, to be verified by the `ca` of `tls`. Default `none`. */
  clientAuth?: ClientAuth;
  /** The largest value that is taken, in bytes. Default 4 MiB. */
  maxValueBytes?: number;
  /** How long a request may take to arrive whole, and then at most to be answered, in ms. Default 30,000. */
  requestTimeoutMs?: number;
  /** How long a request's head may take to arrive, in ms. Default 10,000. */
  headersTimeoutMs?: number;
  /** How long a connection may stay with no request, in ms. Default 60,000; our own clients leave a little earlier. */
  keepAliveMs?: number;
  /** Connections beyond it are closed as they come. Default 10,000. */
  maxConnections?: number;
  /** How long {@link HttpServer.drain} waits for what is in flight, in ms. Default 5,000; 0: not at all. */
  drainTimeoutMs?: number;
  /** Who is let in to the cache's own routes, and how often. Default: everybody. */
  door?: Door | undefined;
  /** What answers an operator. Default: nothing does, but clients are told of the ring. */
  admin?: Admin | undefined;
  /** Asked for what is no route of the cache's; what it leaves is a 404. Default: nothing more is served. */
  onRequest?: RequestHook;
  /**
   * Hears of failures that the caller is told nothing of: errors that are no CacheError, and client certificates that are
   * refused. Default: nobody.
   */
  onError?: OnError;
}

export interface HttpServer {
  /** `host:port` as it listens, the port the one that was free. */
  readonly address: string;
  readonly port: number;
  /** Takes no more connections, asks those that are open to go, and waits until all in flight is answered or time is up. */
  drain(): Promise<void>;
  /** {@link drain}, then cuts what is left. */
  close(): Promise<void>;
}

const DEFAULTS = {
  address: '127.0.0.1:0',
  tls: undefined,
  clientAuth: 'none',
  maxValueBytes: 4 * 1024 * 1024,
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  keepAliveMs: 60_000,
  maxConnections: 10_000,
  drainTimeoutMs: 5_000,
  door: undefined,
  admin: undefined,
  onRequest: () => false,
  onError: () => {},
} as const;

// Over twice the longest key, percent-encoded: one that is too long is told so in a 400, up to here.
const MAX_HEAD_BYTES = 64 * 1024;

/** How long the rest of a body that nobody wants is read, so that its sender gets to read why: nginx's lingering close. */
const LINGER_MS = 1_000;

const STALL_MS = 10_000; // with no byte in or out, beyond the time for an answer: a reader that has stopped reading
const MOST_BETWEEN_CHECKS_MS = 1_000; // for requests that take too long to arrive; node:http's 30 s would add to it

/**
 * Serves a node over HTTP: to strangers, to members, and to golang/groupcache processes. A caller that goes away does not
 * end the load that it asked for.
 * @throws {CacheError} `invalid_argument`: an address that is none; {Error} if it cannot listen there.
 */
export async function serveHttp(node: CacheNode, options: HttpServerOptions = {}): Promise<HttpServer> {
  const server = new NodeServer(node, { ...DEFAULTS, ...options });
  await server.listen();
  return server;
}

class NodeServer implements HttpServer {
  address = '';
  port = 0;

  readonly #options: Required<HttpServerOptions>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>(); // also those that are no HTTP connection yet: their handshake is under way
  readonly #events = new EventEmitter(); // idle: nothing is in flight
  #inFlight = 0;
  #closed: Promise<void> | undefined; // begun by drain(); resolved when the last connection is

  constructor(node: CacheNode, options: Required<HttpServerOptions>) {
    this.#options = options;
    const { requestTimeoutMs, keepAliveMs, maxConnections, maxValueBytes } = options;
    const headersTimeoutMs = Math.min(options.headersTimeoutMs, requestTimeoutMs);
    const limits = {
      maxHeaderSize: MAX_HEAD_BYTES,
      requestTimeout: requestTimeoutMs,
      headersTimeout: headersTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.min(headersTimeoutMs / 2, MOST_BETWEEN_CHECKS_MS),
    };
    const { clientAuth, onError } = options;
    const source = options.tls && sourceOf(options.tls);
    this.#server = createServer(limits, { source, clientAuth, handshakeTimeoutMs: headersTimeoutMs, onError });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.timeout = requestTimeoutMs + STALL_MS;
    this.#server.maxConnections = maxConnections;
    const answer = (req: IncomingMessage, res: ServerResponse) => {
      this.#begin(req, res);
      void dispatch(node, options, req, res);
    };
    this.#server.on('request', answer);
    this.#server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
      // Who asks before sending a body that is too large is refused before it is sent.
      if (!(Number(req.headers['content-length']) > maxValueBytes)) res.writeContinue();
      answer(req, res);
    });
    this.#server.on('clientError', answerMalformed);
  }

  async listen(): Promise<void> {
    const wanted = parseAddress(this.#options.address);
    if (wanted === undefined) {
      throw new CacheError('invalid_argument', `an address must be host:port, got ${this.#options.address}`);
    }
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(wanted, resolve);
    });
    this.#server.removeAllListeners('error').on('error', (error) => this.#options.onError(CacheError.from(error)));
    this.port = (this.#server.address() as AddressInfo).port;
    this.address = formatAddress({ host: wanted.host, port: this.port });
  }

  async drain(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#server.close(() => resolve()));
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.drainTimeoutMs);
      this.#events.once('idle', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    await this.drain();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await this.#closed;
  }

  #begin(req: IncomingMessage, res: ServerResponse): void {
    this.#inFlight++;
    remember(req, res);
    if (this.#closed !== undefined) res.shouldKeepAlive = false;
    res.once('close', () => this.#end(req));
  }

  #end(req: IncomingMessage): void {
    this.#inFlight--;
    if (!req.complete) linger(req);
    if (this.#closed === undefined) return;
    this.#server.closeIdleConnections();
    if (this.#inFlight === 0) this.#events.emit('idle');
  }
}

function linger(req: IncomingMessage): void {
  const timer = setTimeout(() => req.destroy(), LINGER_MS);
  req.once('close', () => clearTimeout(timer));
}
