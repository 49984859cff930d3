// The server's end of a pipe. Every request is begun at once; answers that are ready in the same turn of the event loop
// leave in one message. A request that is wrong gets an error by its id; a message that is wrong ends the stream.

import { Metadata, type ServerDuplexStream, type ServerErrorResponse, status } from '@grpc/grpc-js';
import { CacheError, type Peers } from '@ringcache/cache-core';

import { Batch } from './batch.js';
import { DRAINING, drainingError, textOf } from './codes.js';
import { decodeRequests, encodeResponses, PROTOCOL, type Request, type Response } from './pipe-codec.js';
import type { ServerLimits } from './server-options.js';
import type { Traffic } from './traffic.js';
import { emptyResponse } from './wire.js';

/** Answers one request; what it throws becomes the answer. */
export type Answerer = (request: Request) => Promise<Response>;

export interface PipeServerOptions {
  readonly answer: Answerer;
  readonly peers: Peers;
  readonly traffic: Traffic;
  readonly limits: ServerLimits;
}

type Stream = ServerDuplexStream<Buffer, Buffer>;

const OVERHEAD_BYTES = 128; // of a response beside its value, its error and who is missing
const MEMBER_ID_BYTES = 64; // about

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
  #greeted = false;
  #toldRing: object | undefined;
  #ending = false;
  #ended = false;

  constructor(stream: Stream, options: PipeServerOptions) {
    this.#stream = stream;
    this.#options = options;
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
    let requests: Request[];
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

  #begin(request: Request): void {
    const { id } = request;
    const refusal = this.#refusal(id);
    if (refusal !== undefined) {
      this.#batch.push(failed(id, refusal));
      return;
    }
    this.#busy.add(id);
    this.#options.answer(request).then(
      (response) => this.#done(id, response),
      (error: unknown) => {
        const cacheError = CacheError.from(error);
        this.#done(id, failed(id, { code: cacheError.code, message: textOf(cacheError) }));
      },
    );
  }

  #refusal(id: number): { code: string; message: string } | undefined {
    const { limits } = this.#options;
    if (this.#ending) return { code: DRAINING, message: 'the member is draining' };
    if (this.#busy.has(id)) return { code: 'invalid_argument', message: `request ${id} is in flight already` };
    if (this.#busy.size + this.#batch.size < limits.maxInFlightPerStream) return undefined;
    return { code: 'overloaded', message: `${limits.maxInFlightPerStream} requests are in flight on this stream` };
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

function failed(id: number, error: { code: string; message: string }): Response {
  const response = emptyResponse(id);
  response.error = error;
  return response;
}

/** About: messages are cut well below what a client takes. */
function responseBytes({ value, error, missing }: Response): number {
  return value.length + 3 * (error?.message.length ?? 0) + missing.length * MEMBER_ID_BYTES + OVERHEAD_BYTES;
}
