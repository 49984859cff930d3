import { Agent, type AgentOptions } from 'node:http';
import { CacheError, type CallOptions } from '@ringcache/cache-core';
import { LatestContext, sourceOf, type TlsMaterial, type TlsSource } from '@ringcache/tls';
import { type Address, parseAddress } from './address.js';
import { TIMEOUT_HEADER } from './answer-headers.js';
import { attempt, type HttpReply, type HttpRequest, StaleConnection } from './attempt.js';
import { Patience } from './patience.js';
import { errorOfReply } from './problem.js';
import { isRequestId, REQUEST_ID_HEADER } from './request-id.js';
import { Slots } from './slots.js';
import { TlsAgent } from './tls-agent.js';
import { traceHeaders } from './trace-headers.js';

export interface HttpClientOptions {
  /** How long a call may last that says nothing itself, in ms. Default 10,000. */
  timeoutMs?: number;
  /** How long making a connection may take, in ms. Default 1,000. */
  connectTimeoutMs?: number;
  /** Connections to one member, and so calls in flight to it. Default 64. */
  maxSockets?: number;
  /** Calls that may wait for a connection to one member; those beyond it are `overloaded`. Default 4,096. */
  maxWaiting?: number;
  /** The largest value that is sent or taken, in bytes. Default 4 MiB. */
  maxValueBytes?: number;
  /** Shown to the server with every call, or where to get it. Send it over TLS only. Default: none. */
  token?: string | (() => string | undefined) | undefined;
  /** Calls go over TLS: what to verify the server by, and what to show it of oneself. Default: no TLS. */
  tls?: TlsMaterial | TlsSource | undefined;
}

export interface HttpClientStats {
  readonly requests: number;
  /** Made, over all time: far fewer than requests where they are kept. */
  readonly connections: number;
  /** Requests sent again because their connection had been closed at the other end. */
  readonly retries: number;
}

const DEFAULTS = {
  timeoutMs: 10_000,
  connectTimeoutMs: 1_000,
  maxSockets: 64,
  maxWaiting: 4_096,
  maxValueBytes: 4 * 1024 * 1024,
  token: undefined,
  tls: undefined,
} as const;

/** The largest reply that is no value, in bytes: the list of ten thousand members has room. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** Calls to one member, over connections that are kept. */
export class HttpClient {
  readonly maxValueBytes: number;

  readonly #address: string;
  readonly #to: Address | undefined;
  readonly #options: Required<HttpClientOptions>;
  readonly #agent: Agent;
  readonly #onceAgent: Agent; // its connections are not kept
  readonly #context: LatestContext | undefined;
  readonly #slots: Slots;
  readonly #open = new Set<Patience>();
  readonly #stats = { requests: 0, connections: 0, retries: 0 };
  #closed = false;

  /** @param address `host:port`; one that is none shows when a call is made. */
  constructor(address: string, options: HttpClientOptions = {}) {
    this.#address = address;
    this.#to = parseAddress(address);
    this.#options = { ...DEFAULTS, ...options };
    const { maxSockets, maxWaiting, maxValueBytes, tls } = this.#options;
    this.maxValueBytes = maxValueBytes;
    this.#context = tls && new LatestContext(sourceOf(tls));
    this.#agent = this.#makeAgent({ keepAlive: true, maxSockets, maxFreeSockets: maxSockets, scheduling: 'lifo' });
    this.#onceAgent = this.#makeAgent({ keepAlive: false });
    this.#slots = new Slots(maxSockets, maxWaiting);
  }

  get stats(): HttpClientStats {
    return this.#stats;
  }

  /**
   * Sends a request and resolves with its reply, if that is a success.
   * @throws {CacheError} what the reply says, `answered`; else `unavailable`, `deadline` or `overloaded`.
   */
  async call(request: HttpRequest, options: CallOptions): Promise<HttpReply> {
    const reply = await this.ask(request, options);
    if (reply.status >= 200 && reply.status < 300) return reply;
    throw errorOfReply(reply.status, reply.headers['content-type'], reply.body);
  }

  /** {@link call}, but a reply of any status is a success. */
  async ask(request: HttpRequest, options: CallOptions): Promise<HttpReply> {
    const to = this.#destination();
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
    const patience = new Patience(options, timeoutMs);
    this.#open.add(patience);
    try {
      if (patience.ended !== undefined) throw patience.ended;
      await this.#slots.take(patience);
      try {
        return await this.#send(this.#withCallHeaders(request, options, timeoutMs), to, patience);
      } finally {
        this.#slots.release();
      }
    } finally {
      this.#open.delete(patience);
      patience.stop();
    }
  }

  /** Refuses further calls; those in flight reject with `unavailable`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const patience of [...this.#open]) patience.end(closed());
    this.#agent.destroy();
    this.#onceAgent.destroy();
    this.#context?.close();
  }

  #makeAgent(options: AgentOptions): Agent {
    const context = this.#context;
    return context === undefined ? new Agent(options) : new TlsAgent(options, () => context.get());
  }

  #withCallHeaders(request: HttpRequest, { requestId, trace }: CallOptions, timeoutMs: number): HttpRequest {
    const headers = [...request.headers, TIMEOUT_HEADER, String(Math.ceil(timeoutMs))];
    if (isRequestId(requestId)) headers.push(REQUEST_ID_HEADER, requestId);
    if (trace !== undefined) headers.push(...traceHeaders(trace));
    const { token } = this.#options;
    const bearer = typeof token === 'function' ? token() : token;
    if (bearer !== undefined) headers.push('Authorization', `Bearer ${bearer}`);
    return { ...request, headers };
  }

  async #send(request: HttpRequest, to: Address, patience: Patience): Promise<HttpReply> {
    const { connectTimeoutMs } = this.#options;
    const onConnection = () => {
      this.#stats.connections++;
    };
    this.#stats.requests++;
    try {
      return await attempt(request, { to, agent: this.#agent, connectTimeoutMs, patience, onConnection });
    } catch (error) {
      // A GET asks and changes nothing. A write is not sent twice: had it been made, a later one could be undone.
      const again = error instanceof StaleConnection && request.method === 'GET' && patience.ended === undefined;
      if (!again) throw error;
      this.#stats.retries++;
      return attempt(request, { to, agent: this.#onceAgent, connectTimeoutMs, patience, onConnection });
    }
  }

  #destination(): Address {
    if (this.#closed) throw closed();
    if (this.#to !== undefined) return this.#to;
    const what = this.#address === '' ? 'the member has no HTTP address' : `no host:port: ${this.#address}`;
    throw new CacheError('unavailable', what);
  }
}

function closed(): CacheError {
  return new CacheError('unavailable', 'the client is closed');
}
