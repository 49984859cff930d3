// One long-lived stream to one member, and the calls in flight on it. Requests of one turn of the event loop travel in one
// message; answers come in any order and find their caller by id. A stream that breaks rejects what is in flight with
// `unavailable`, and the next call opens another: nothing is sent twice, since only the engine knows what may be.

import { type ClientDuplexStream, type StatusObject, status } from '@grpc/grpc-js';
import { CacheError, type CallOptions } from '@ringcache/cache-core';

import { AbortWatch } from './abort-watch.js';
import { type Addressee, addAddressee } from './addressee.js';
import { Batch } from './batch.js';
import type { BatchSizes } from './batch-sizes.js';
import { metadataOf, type Token } from './bearer.js';
import { Call, gaveUp } from './call.js';
import type { Channel } from './channel.js';
import type { ClientLimits } from './client-options.js';
import { fromWireError } from './codes.js';
import { Deadlines } from './deadlines.js';
import { InFlight } from './in-flight.js';
import { afterRunning } from './patience.js';
import { asItIs, PROTOCOL, type Request } from './pipe-codec.js';
import { protocolOf, type ReceivedResponse, readResponses } from './pipe-decode.js';
import { requestBytes, writeRequest, writeRequestsHead } from './pipe-encode.js';

export interface PipeClientOptions {
  readonly channel: Channel;
  /** Path of the pipe: the Cache service's or the Peer service's. */
  readonly path: string;
  readonly limits: ClientLimits;
  readonly token: Token | undefined;
  /** The member that is meant, where the path is the Peer service's. */
  readonly addressee?: Addressee | undefined;
  /** Counts what messages carry. */
  readonly batchSizes?: BatchSizes | undefined;
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

export class PipeClient {
  readonly #options: PipeClientOptions;
  readonly #batch: Batch;
  readonly #deadlines = new Deadlines((now) => this.#sweep(now));
  readonly #signals = new AbortWatch();
  readonly #inFlight = new InFlight<Call>();
  readonly #waiting = new Map<Call, Request>(); // in the order of their coming
  #bytesInFlight = 0;
  #heardAt = 0; // by performance.now(), the last message that came
  #stream: Stream | undefined;
  #stopConnecting = () => {};
  #greeted = false;
  #closed = false;
  readonly #counts = { streams: 0, messages: 0, requests: 0, answerMessages: 0, answers: 0 };

  constructor(options: PipeClientOptions) {
    this.#options = options;
    this.#batch = new Batch({
      maxEntries: options.limits.maxEntriesPerMessage,
      maxBytes: options.limits.maxBytesPerMessage,
      begin: (writer) => writeRequestsHead(writer, this.#stream === undefined ? PROTOCOL : 0),
      send: (message, entries) => this.#send(message, entries),
    });
  }

  stats(): PipeStats {
    return { ...this.#counts, inFlight: this.#inFlight.size, waiting: this.#waiting.size };
  }

  /**
   * Sends a request and reads its answer; it waits for its turn while too much is in flight, or the member takes no more. The
   * request's value must not change until the promise settles.
   * @param make makes the request, or throws why it cannot be made.
   * @param read makes the result of the answer, which is gone when it returns.
   * @throws {CacheError} what the member answers; `unavailable`, `deadline`; `overloaded`: too many callers wait.
   */
  call<T>(make: () => Request, options: CallOptions, read: (response: ReceivedResponse) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const request = make();
      const now = performance.now();
      const timeoutMs = options.timeoutMs ?? this.#options.limits.callTimeoutMs;
      const { signal } = options;
      if (this.#closed) return reject(this.#unavailable('the client is closed'));
      if (signal?.aborted) return reject(gaveUp(signal));
      if (!(timeoutMs > 0)) return reject(this.#late());
      if (this.#waiting.size >= this.#options.limits.maxWaiting) return reject(this.#overloaded());
      const deadline = now + timeoutMs;
      const call = new Call({ begunAt: now, deadline, read, resolve: resolve as (result: unknown) => void, reject });
      if (signal !== undefined) call.unwatch = this.#signals.add(signal, () => this.#fail(call, gaveUp(signal)));
      this.#deadlines.add(deadline, now);
      call.bytes = requestBytes(request);
      if (this.#waiting.size === 0 && this.#hasRoom(call)) this.#begin(call, request);
      else this.#waiting.set(call, request);
    });
  }

  /** Calls in flight reject with `unavailable`. The channel stays as it is. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#break(this.#unavailable('the client was closed'));
    this.#deadlines.stop();
  }

  /** One alone may be as large as it is. */
  #hasRoom({ bytes }: Call): boolean {
    const { maxInFlight, maxBytesInFlight } = this.#options.limits;
    if (this.#batch.isHeld || this.#inFlight.size >= maxInFlight) return false;
    return this.#bytesInFlight + bytes <= maxBytesInFlight || this.#inFlight.size === 0;
  }

  #begin(call: Call, request: Request): void {
    call.id = this.#inFlight.add(call);
    this.#bytesInFlight += call.bytes;
    request.id = call.id;
    const writer = this.#batch.entry(call.bytes);
    try {
      writeRequest(writer, request);
    } catch (error) {
      this.#batch.undo();
      this.#leave(call);
      call.reject(CacheError.from(error));
    }
  }

  #beginWaiting(): void {
    for (const [call, request] of this.#waiting) {
      if (!this.#hasRoom(call)) break;
      this.#waiting.delete(call);
      this.#begin(call, request);
    }
  }

  #send(message: Buffer, entries: number): boolean {
    try {
      this.#stream ??= this.#open();
      this.#counts.messages++;
      this.#counts.requests += entries;
      this.#options.batchSizes?.requests.sent.add(entries);
      return this.#stream.write(message);
    } catch (error) {
      this.#break(CacheError.from(error, 'unavailable'));
      return true;
    }
  }

  #open(): Stream {
    const { channel, path, limits, token, addressee } = this.#options;
    const metadata = metadataOf(token);
    if (addressee !== undefined) addAddressee(metadata, addressee);
    const stream = channel.client().makeBidiStreamRequest<Buffer, Buffer>(path, asItIs, asItIs, metadata);
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
      if (this.#stream !== stream) return;
      this.#batch.resume();
      this.#beginWaiting();
    });
    stream.on('error', (error) => broken(error.message, error));
    stream.on('status', (ended: StatusObject) => broken(`it ended the stream: ${status[ended.code]} ${ended.details}`));
    return stream;
  }

  #receive(bytes: Buffer): void {
    const { onRing, limits } = this.#options;
    try {
      if (!this.#greeted) {
        const protocol = protocolOf(bytes);
        if (protocol !== PROTOCOL) throw new Error(`it speaks protocol ${protocol}, not ${PROTOCOL}`);
        this.#greeted = true;
      }
      this.#counts.answerMessages++;
      this.#heardAt = performance.now();
      const answersBefore = this.#counts.answers;
      const ring = readResponses(bytes, 2 * limits.maxInFlight, this.#answer);
      this.#options.batchSizes?.answers.received.add(this.#counts.answers - answersBefore);
      if (ring !== '') onRing?.(ring);
      this.#beginWaiting();
    } catch (error) {
      this.#break(this.#unavailable(`what it sent cannot be read: ${CacheError.from(error).message}`, error));
    }
  }

  readonly #answer = (response: ReceivedResponse): void => {
    this.#counts.answers++;
    const call = this.#inFlight.get(response.id);
    if (call === undefined) return; // its caller has given up
    this.#leave(call);
    if (response.error === undefined) call.resolve(response);
    else call.reject(fromWireError(response.error));
  };

  /** Ends a call, in flight or waiting, without an answer. */
  #fail(call: Call, error: CacheError): void {
    if (call.settled) return;
    if (!this.#waiting.delete(call)) {
      this.#leave(call);
      this.#beginWaiting();
    }
    call.reject(error);
  }

  #leave({ id, bytes }: Call): void {
    this.#inFlight.delete(id);
    this.#bytesInFlight -= bytes;
  }

  #sweep(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const calls of [this.#waiting.keys(), this.#inFlight.values()]) {
      for (const call of calls) {
        if (call.deadline <= now) this.#fail(call, this.#late(call));
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
    const calls = [...this.#inFlight.values(), ...this.#waiting.keys()];
    this.#inFlight.clear();
    this.#bytesInFlight = 0;
    this.#waiting.clear();
    for (const call of calls) call.reject(error);
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

  /** A member that has answered others meanwhile is there: what is slow is the key. */
  #late(call?: Call): CacheError {
    const answered = call !== undefined && this.#heardAt > call.begunAt;
    return new CacheError('deadline', `${this.#options.channel.name}: no answer in time`, { answered });
  }
}
