// The server's end of a pipe. Every request is begun at once; answers that are ready in the same turn of the event loop
// leave in one message. A request that is wrong gets an error by its id; a message that is wrong ends the stream.

import { Metadata, type ServerDuplexStream, type ServerErrorResponse, status } from '@grpc/grpc-js';
import { type Access, CacheError, type Caller, type Peers } from '@ringcache/cache-core';
import type { pipe } from '@ringcache/proto';

import { Batch } from './batch.js';
import { callerOf } from './caller.js';
import { DRAINING, drainingError, errorToWire, textOf } from './codes.js';
import { emptyResponse, PROTOCOL, type Response } from './pipe-codec.js';
import { decodeRequests, type ReceivedRequest } from './pipe-decode.js';
import { encodeResponses } from './pipe-encode.js';
import type { ServerLimits } from './server-options.js';
import type { Traffic } from './traffic.js';

/** Answers one request; what it throws becomes the answer. */
export type Answerer = (request: ReceivedRequest) => Promise<Response>;

export interface PipeServerOptions {
  readonly answer: Answerer;
  /** Answers a request that needs no wait: a get of what is held, most of all. undefined: it is for {@link answer}. */
  readonly answerAtOnce: (request: ReceivedRequest) => Response | undefined;
  /** What an operation is to a door. */
  readonly accessOf: (op: pipe.Op) => Access;
  readonly peers: Peers;
  readonly traffic: Traffic;
  readonly limits: ServerLimits;
}

type Stream = ServerDuplexStream<Buffer, Buffer>;

const OVERHEAD_BYTES = 128; // of a response beside its value, its error and who is missing
const MEMBER_ID_BYTES = 64; // about
const MEMBER_BYTES = 3 * MEMBER_ID_BYTES; // its id and its two addresses

/** Serves one stream until either side ends it. */
export function servePipe(stream: Stream, options: PipeServerOptions): void {
  if (options.traffic.stopped) {
    stream.emit('error', drainingError());
    return;
  }
  new PipeServer(stream, options);
}

class PipeServer {
  readonly #stream: Stream;
  readonly #options: PipeServerOptions;
  readonly #batch: Batch<Response>;
  readonly #busy = new Set<number>();
  readonly #caller: Caller;
  #greeted = false;
  #toldRing: object | undefined;
  #ending = false;
  #ended = false;

  constructor(stream: Stream, options: PipeServerOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#caller = callerOf(stream);
    this.#batch = new Batch<Response>({
      maxEntries: options.limits.maxEntriesPerMessage,
      maxBytes: options.limits.maxBytesPerMessage,
      sizeOf: responseBytes,
      send: (responses) => this.#send(responses),
    });
    const leave = options.traffic.enter((when) => (when === 'now' ? this.#end() : this.#endWhenIdle()));
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    stream.on('end', () => this.#endWhenIdle());
    stream.on('drain', () => {
      stream.resume();
      this.#batch.resume();
    });
    stream.once('close', () => {
      this.#ended = true;
      this.#batch.clear();
      leave();
    });
    stream.sendMetadata(new Metadata()); // at once: by its coming the client knows that it is connected
  }

  #receive(bytes: Buffer): void {
    if (this.#ended) return;
    const { maxInFlightPerStream } = this.#options.limits;
    let requests: ReceivedRequest[];
    try {
      const message = decodeRequests(bytes, maxInFlightPerStream);
      if (!this.#greeted && message.protocol !== PROTOCOL) {
        throw new Error(`protocol ${message.protocol} is not spoken here, ${PROTOCOL} is`);
      }
      this.#greeted = true;
      requests = message.requests;
    } catch (error) {
      this.#fail({
        code: status.INVALID_ARGUMENT,
        details: `not a message of a pipe: ${textOf(CacheError.from(error))}`,
      });
      return;
    }
    for (const request of requests) this.#begin(request);
  }

  #begin(request: ReceivedRequest): void {
    const { id } = request;
    const { answer, accessOf, traffic } = this.#options;
    const { door } = traffic;
    const access = accessOf(request.op);
    const refusal = this.#refusal(request, access);
    if (refusal !== undefined) {
      this.#batch.push(failed(id, refusal));
      return;
    }
    const now = this.#answerAtOnce(request);
    if (now !== undefined) {
      door?.leave(access, 1);
      this.#batch.push(now);
      return;
    }
    this.#busy.add(id);
    answer(request).then(
      (response) => {
        door?.leave(access, 1);
        this.#done(id, response);
      },
      (error: unknown) => {
        door?.leave(access, 1);
        this.#done(id, failed(id, errorToWire(CacheError.from(error))));
      },
    );
  }

  #answerAtOnce(request: ReceivedRequest): Response | undefined {
    try {
      return this.#options.answerAtOnce(request);
    } catch (error) {
      return failed(request.id, errorToWire(CacheError.from(error)));
    }
  }

  #refusal({ id, group }: ReceivedRequest, access: Access): WireError | undefined {
    const { limits, traffic } = this.#options;
    if (this.#ending) return { code: DRAINING, message: 'the member is draining' };
    if (this.#busy.has(id)) return { code: 'invalid_argument', message: `request ${id} is in flight already` };
    if (this.#busy.size + this.#batch.size >= limits.maxInFlightPerStream) {
      return { code: 'overloaded', message: `${limits.maxInFlightPerStream} requests are in flight on this stream` };
    }
    try {
      traffic.door?.admit(this.#caller, access, group, 1);
      return undefined;
    } catch (error) {
      return errorToWire(CacheError.from(error));
    }
  }

  #done(id: number, response: Response): void {
    this.#busy.delete(id);
    if (this.#ended) return;
    this.#batch.push(response);
  }

  #send(responses: readonly Response[]): boolean {
    if (this.#ended) return true;
    const ring = this.#options.peers.ring;
    const first = this.#toldRing === undefined;
    const fingerprint = ring === this.#toldRing ? '' : ring.fingerprint;
    this.#toldRing = ring;
    let bytes: Buffer;
    try {
      bytes = encodeResponses({ protocol: first ? PROTOCOL : 0, ring: fingerprint, responses: [...responses] });
    } catch (error) {
      this.#fail({ code: status.INTERNAL, details: textOf(CacheError.from(error)) });
      return true;
    }
    const goOn = this.#stream.write(bytes);
    // What is not taken in cannot pile up here: a client that reads no answers gets no more requests through.
    if (!goOn) this.#stream.pause();
    if (this.#ending) this.#endWhenIdle();
    return goOn;
  }

  /** With status OK: grpc-js throws away the messages before any other. The client takes either for a stream that broke. */
  #endWhenIdle(): void {
    this.#ending = true;
    if (this.#busy.size === 0 && this.#batch.size === 0) this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.end();
  }

  #fail(error: Partial<ServerErrorResponse>): void {
    this.#ended = true;
    this.#stream.emit('error', error);
  }
}

interface WireError {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

function failed(id: number, error: WireError): Response {
  const response = emptyResponse(id);
  response.error = { retryAfterMs: 0, ...error };
  return response;
}

/** About: messages are cut well below what a client takes. */
function responseBytes({ value, error, missing, told }: Response): number {
  const members = missing.length * MEMBER_ID_BYTES + told.length * MEMBER_BYTES;
  return value.length + 3 * (error?.message.length ?? 0) + members + OVERHEAD_BYTES;
}
