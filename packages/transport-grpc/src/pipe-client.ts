// One long-lived stream to one member, and the calls in flight on it. Requests of one turn of the event loop travel in one
// message; answers come in any order and find their caller by id. A stream that breaks rejects what is in flight with
// `unavailable`, and the next call opens another: nothing is sent twice, since only the engine knows what may be.

import { type ClientDuplexStream, type StatusObject, status } from '@grpc/grpc-js';
import { CacheError, type CallOptions } from '@ringcache/cache-core';

import { AbortWatch } from './abort-watch.js';
import { Batch } from './batch.js';
import { metadataOf, type Token } from './bearer.js';
import { Call, gaveUp } from './call.js';
import type { Channel } from './channel.js';
import type { ClientLimits } from './client-options.js';
import { fromWireError } from './codes.js';
import { Deadlines } from './deadlines.js';
import { InFlight } from './in-flight.js';
import { afterRunning } from './patience.js';
import { asItIs, PROTOCOL, type Request, type Response } from './pipe-codec.js';
import { decodeResponses } from './pipe-decode.js';
import { encodeRequests } from './pipe-encode.js';

export interface PipeClientOptions {
  readonly channel: Channel;
  /** Path of the pipe: the Cache service's or the Peer service's. */
  readonly path: string;
  readonly limits: ClientLimits;
  readonly token: Token | undefined;
  /** Hears the fingerprint of the member's ring, first and whenever it changes. */
  readonly onRing?: ((fingerprint: string) => void) | undefined;
}

/** What a client has counted since it was made; `inFlight` and `waiting` are of now. */
export interface PipeStats {
  readonly streams: number;
  readonly messages: number;
  readonly requests: number;
  readonly answerMessages: number;
  readonly answers: number;
  readonly inFlight: number;
  readonly waiting: number;
}

type Stream = ClientDuplexStream<Buffer, Buffer>;

const OVERHEAD_BYTES = 512; // of a request beside its strings and value; one that asks for a pledge names its member

export class PipeClient {
  readonly #options: PipeClientOptions;
  readonly #batch: Batch<Call>;
  readonly #deadlines = new Deadlines((now) => this.#sweep(now));
  readonly #signals = new AbortWatch();
  readonly #inFlight = new InFlight<Call>();
  readonly #waiting = new Set<Call>(); // in the order of their coming
  #stream: Stream | undefined;
  #stopConnecting = () => {};
  #greeted = false;
  #closed = false;
  readonly #counts = { streams: 0, messages: 0, requests: 0, answerMessages: 0, answers: 0 };

  constructor(options: PipeClientOptions) {
    this.#options = options;
    this.#batch = new Batch<Call>({
      maxEntries: options.limits.maxEntriesPerMessage,
      maxBytes: options.limits.maxBytesPerMessage,
      sizeOf: requestBytes,
      send: (calls) => this.#send(calls),
    });
  }

  stats(): PipeStats {
    return { ...this.#counts, inFlight: this.#inFlight.size, waiting: this.#waiting.size };
  }

  /**
   * Sends a request and reads its answer. The request's value must not change until the promise settles.
   * @throws {CacheError} what the member answers; `unavailable`, `deadline`; `overloaded`: too many callers wait.
   */
  call<T>(request: Request, options: CallOptions, read: (response: Response) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const now = performance.now();
      const timeoutMs = options.timeoutMs ?? this.#options.limits.callTimeoutMs;
      const { signal } = options;
      if (this.#closed) return reject(this.#unavailable('the client is closed'));
      if (signal?.aborted) return reject(gaveUp(signal));
      if (!(timeoutMs > 0)) return reject(this.#late());
      if (this.#waiting.size >= this.#options.limits.maxWaiting) return reject(this.#overloaded());
      const deadline = now + timeoutMs;
      const call = new Call({ request, deadline, resolve: (response) => resolve(read(response)), reject });
      if (signal !== undefined) call.unwatch = this.#signals.add(signal, () => this.#end(call, gaveUp(signal)));
      this.#deadlines.add(deadline, now);
      if (this.#inFlight.size < this.#options.limits.maxInFlight) this.#begin(call);
      else this.#waiting.add(call);
    });
  }

  /** Calls in flight reject with `unavailable`. The channel stays as it is. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#break(this.#unavailable('the client was closed'));
    this.#deadlines.stop();
  }

  #begin(call: Call): void {
    call.request.id = this.#inFlight.add(call);
    this.#batch.push(call);
  }

  #send(calls: readonly Call[]): boolean {
    const requests: Request[] = [];
    for (const call of calls) if (!call.settled) requests.push(call.request);
    if (requests.length === 0) return true;
    try {
      const first = this.#stream === undefined;
      this.#stream ??= this.#open();
      this.#counts.messages++;
      this.#counts.requests += requests.length;
      return this.#stream.write(encodeRequests({ protocol: first ? PROTOCOL : 0, requests }));
    } catch (error) {
      this.#break(CacheError.from(error, 'unavailable'));
      return true;
    }
  }

  #open(): Stream {
    const { channel, path, limits, token } = this.#options;
    const stream = channel.client().makeBidiStreamRequest<Buffer, Buffer>(path, asItIs, asItIs, metadataOf(token));
    this.#counts.streams++;
    this.#greeted = false;
    const broken = (reason: string, cause?: unknown) => {
      if (this.#stream === stream) this.#break(this.#unavailable(reason, cause));
    };
    // The server sends headers as soon as the stream reaches it, before any answer: so their absence is not slowness.
    const late = () => broken(`no connection within ${limits.connectTimeoutMs} ms`);
    const connected = afterRunning(limits.connectTimeoutMs, late);
    this.#stopConnecting = connected;
    stream.once('metadata', connected);
    stream.on('data', (bytes: Buffer) => {
      if (this.#stream === stream) this.#receive(bytes);
    });
    stream.on('drain', () => {
      if (this.#stream === stream) this.#batch.resume();
    });
    stream.on('error', (error) => broken(error.message, error));
    stream.on('status', (ended: StatusObject) => broken(`it ended the stream: ${status[ended.code]} ${ended.details}`));
    return stream;
  }

  #receive(bytes: Buffer): void {
    const { onRing, limits } = this.#options;
    try {
      const { protocol, ring, responses } = decodeResponses(bytes, 2 * limits.maxInFlight);
      if (!this.#greeted && protocol !== PROTOCOL) throw new Error(`it speaks protocol ${protocol}, not ${PROTOCOL}`);
      this.#greeted = true;
      this.#counts.answerMessages++;
      this.#counts.answers += responses.length;
      if (ring !== '') onRing?.(ring);
      for (const response of responses) this.#answer(response);
    } catch (error) {
      this.#break(this.#unavailable(`what it sent cannot be read`, error));
    }
  }

  #answer(response: Response): void {
    const call = this.#inFlight.get(response.id);
    if (call === undefined) return; // its caller has given up
    if (response.error !== undefined) this.#end(call, fromWireError(response.error));
    else this.#end(call, response);
  }

  #end(call: Call, outcome: Response | CacheError): void {
    if (call.settled) return;
    call.settle(outcome);
    if (this.#waiting.delete(call)) return;
    this.#inFlight.delete(call.request.id);
    for (const next of this.#waiting) {
      if (this.#inFlight.size >= this.#options.limits.maxInFlight) break;
      this.#waiting.delete(next);
      this.#begin(next);
    }
  }

  #sweep(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const calls of [this.#waiting, this.#inFlight.values()]) {
      for (const call of calls) {
        if (call.deadline <= now) this.#end(call, this.#late());
        else earliest = Math.min(earliest, call.deadline);
      }
    }
    return earliest;
  }

  /** Gives up the stream, with everything that is on its way or waits for it. */
  #break(error: CacheError): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#stopConnecting();
    this.#batch.clear();
    const calls = [...this.#inFlight.values(), ...this.#waiting];
    this.#inFlight.clear();
    this.#waiting.clear();
    for (const call of calls) call.settle(error);
    stream?.cancel();
  }

  #unavailable(reason: string, cause?: unknown): CacheError {
    const { name, hint } = this.#options.channel;
    return new CacheError('unavailable', `${name}: ${reason}${hint}`, { cause });
  }

  #overloaded(): CacheError {
    return new CacheError(
      'overloaded',
      `${this.#options.limits.maxWaiting} callers wait for ${this.#options.channel.name}`,
    );
  }

  #late(): CacheError {
    return new CacheError('deadline', `${this.#options.channel.name}: no answer in time`);
  }
}

/** At most: a string takes up to three bytes for each of its units. */
function requestBytes({ request: { group, key, requestId, value } }: Call): number {
  return 3 * (group.length + key.length + requestId.length) + value.length + OVERHEAD_BYTES;
}
