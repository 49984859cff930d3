// The server's end of a pipe. Every request is begun at once, unless so much waits to be sent that its answer would only wait
// too; answers that are ready in the same turn of the event loop leave in one message. A request that is wrong gets an error by
// its id; a message that is wrong ends the stream.

import { Metadata, type ServerDuplexStream, type ServerErrorResponse, status } from '@grpc/grpc-js';
import {
  type Access,
  CacheError,
  type Caller,
  type HeldEntry,
  type Peers,
  refuseRemoteAdmin,
} from '@ringcache/cache-core';
import type { pipe } from '@ringcache/proto';

import { Batch } from './batch.js';
import { callerOf } from './caller.js';
import { DRAINING, drainingError, errorToWire, textOf } from './codes.js';
import { emptyResponse, PROTOCOL, type Response } from './pipe-codec.js';
import { protocolOf, type ReceivedRequest, readRequests } from './pipe-decode.js';
import { heldBytes, responseBytes, writeHeld, writeResponse, writeResponsesHead } from './pipe-encode.js';
import type { ServerLimits } from './server-options.js';
import type { Traffic } from './traffic.js';
import type { WireWriter } from './wire-writer.js';

/** Answers one request; what it throws becomes the answer. */
export type Answerer = (request: ReceivedRequest) => Promise<Response>;

export interface PipeServerOptions {
  readonly answer: Answerer;
  /** What the node holds, if that is what a request asks for; to be read at once. undefined: it is for {@link answer}. */
  readonly findHeld: (request: ReceivedRequest) => HeldEntry | undefined;
  /** What an operation is to a door. */
  readonly accessOf: (op: pipe.Op) => Access;
  readonly peers: Peers;
  readonly traffic: Traffic;
  readonly limits: ServerLimits;
}

type Stream = ServerDuplexStream<Buffer, Buffer>;

const WAITED_AT_A_TIME = 16; // how large their answers are is known when they are there

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
  readonly #batch: Batch;
  readonly #busy = new Set<number>();
  #waiting: Waiting[] = []; // begun once what is unsent has become less
  readonly #waited = new Set<number>(); // in progress of those
  readonly #caller: Caller;
  #greeted = false;
  #toldRing: object | undefined;
  #ending = false;
  #ended = false;

  constructor(stream: Stream, options: PipeServerOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#caller = callerOf(stream);
    this.#batch = new Batch({
      maxEntries: options.limits.maxEntriesPerMessage,
      maxBytes: options.limits.maxBytesPerMessage,
      begin: (writer) => this.#writeHead(writer),
      send: (message, entries) => this.#send(message, entries),
    });
    const leave = options.traffic.enter((when) => (when === 'now' ? this.#end() : this.#endWhenIdle()));
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    stream.on('end', () => this.#endWhenIdle());
    stream.on('drain', () => {
      stream.resume();
      this.#batch.resume();
      this.#beginWaiting();
    });
    stream.once('close', () => {
      this.#ended = true;
      this.#batch.clear();
      this.#dropWaiting();
      leave();
    });
    stream.sendMetadata(new Metadata()); // at once: by its coming the client knows that it is connected
  }

  #receive(bytes: Buffer): void {
    if (this.#ended) return;
    try {
      if (!this.#greeted) {
        const protocol = protocolOf(bytes);
        if (protocol !== PROTOCOL) throw new Error(`protocol ${protocol} is not spoken here, ${PROTOCOL} is`);
        this.#greeted = true;
      }
      const entries = readRequests(bytes, this.#options.limits.maxInFlightPerStream, this.#begin);
      this.#options.traffic.batchSizes?.requests.received.add(entries);
    } catch (error) {
      this.#fail({
        code: status.INVALID_ARGUMENT,
        details: `not a message of a pipe: ${textOf(CacheError.from(error))}`,
      });
    }
  }

  /** @returns whether the request is kept: its answer takes a while. Must not throw. */
  readonly #begin = (request: ReceivedRequest): boolean => {
    const { id } = request;
    const { accessOf, traffic } = this.#options;
    const access = accessOf(request.op);
    const refusal = this.#refusal(request, access);
    if (refusal !== undefined) {
      this.#push(failed(id, refusal));
      return false;
    }
    const isCrowded = this.#waiting.length > 0 || this.#isCrowded;
    if (!isCrowded && this.#answerHeld(request)) {
      traffic.door?.leave(access, 1);
      return false;
    }
    try {
      request.detach();
    } catch (error) {
      traffic.door?.leave(access, 1);
      this.#push(failed(id, errorToWire(CacheError.from(error))));
      return false;
    }
    this.#busy.add(id);
    if (isCrowded) this.#waiting.push({ request, access });
    else this.#answer(request, access);
    return true;
  };

  get #isCrowded(): boolean {
    return this.#batch.bytes >= this.#options.limits.maxUnsentBytesPerStream;
  }

  #beginWaiting(): void {
    if (this.#ended) return;
    let begun = 0;
    while (begun < this.#waiting.length && this.#waited.size < WAITED_AT_A_TIME && !this.#isCrowded) {
      const { request, access } = this.#waiting[begun++]!;
      this.#waited.add(request.id);
      this.#answer(request, access);
    }
    this.#waiting.splice(0, begun);
  }

  #dropWaiting(): void {
    for (const { access } of this.#waiting) this.#options.traffic.door?.leave(access, 1);
    this.#waiting = [];
  }

  #answerHeld(request: ReceivedRequest): boolean {
    let held: HeldEntry | undefined;
    try {
      held = this.#options.findHeld(request);
    } catch (error) {
      this.#push(failed(request.id, errorToWire(CacheError.from(error))));
      return true;
    }
    if (held === undefined) return false;
    const writer = this.#batch.entry(heldBytes(held));
    try {
      writeHeld(writer, request.id, held);
    } catch (error) {
      this.#batch.undo();
      this.#push(failed(request.id, errorToWire(CacheError.from(error))));
    }
    return true;
  }

  #answer(request: ReceivedRequest, access: Access): void {
    const { id } = request;
    const { answer, traffic } = this.#options;
    answer(request).then(
      (response) => {
        traffic.door?.leave(access, 1);
        this.#done(id, response);
      },
      (error: unknown) => {
        traffic.door?.leave(access, 1);
        this.#done(id, failed(id, errorToWire(CacheError.from(error))));
      },
    );
  }

  #refusal({ id, group }: ReceivedRequest, access: Access): WireError | undefined {
    const { limits, traffic } = this.#options;
    if (this.#ending) return { code: DRAINING, message: 'the member is draining' };
    if (this.#busy.has(id)) return { code: 'invalid_argument', message: `request ${id} is in flight already` };
    if (this.#busy.size + this.#batch.size >= limits.maxInFlightPerStream) {
      return { code: 'overloaded', message: `${limits.maxInFlightPerStream} requests are in flight on this stream` };
    }
    try {
      if (traffic.door !== undefined) traffic.door.admit(this.#caller, access, group, 1);
      else if (access === 'admin') refuseRemoteAdmin(this.#caller);
      return undefined;
    } catch (error) {
      return errorToWire(CacheError.from(error));
    }
  }

  #done(id: number, response: Response): void {
    this.#busy.delete(id);
    this.#push(response);
    if (this.#waited.delete(id)) this.#beginWaiting();
  }

  #push(response: Response): void {
    if (this.#ended) return;
    const { maxUnsentBytesPerStream } = this.#options.limits;
    if (response.value.length > 0 && this.#batch.bytes >= 2 * maxUnsentBytesPerStream) {
      this.#push(failed(response.id, { code: 'overloaded', message: 'too many bytes wait on this stream' }));
      return;
    }
    const writer = this.#batch.entry(responseBytes(response));
    try {
      writeResponse(writer, response);
    } catch (error) {
      this.#batch.undo(); // it is half written
      this.#push(failed(response.id, { code: 'internal', message: textOf(CacheError.from(error)) }));
    }
  }

  #writeHead(writer: WireWriter): void {
    const { ring } = this.#options.peers;
    const first = this.#toldRing === undefined;
    const fingerprint = ring === this.#toldRing ? '' : ring.fingerprint;
    this.#toldRing = ring;
    writeResponsesHead(writer, first ? PROTOCOL : 0, fingerprint);
  }

  #send(message: Buffer, entries: number): boolean {
    if (this.#ended) return true;
    this.#options.traffic.batchSizes?.answers.sent.add(entries);
    const goOn = this.#stream.write(message);
    // What is not taken in cannot pile up here: a client that reads no answers gets no more requests through.
    if (!goOn) this.#stream.pause();
    else this.#beginWaiting();
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
    if (this.#ended) return;
    this.#ended = true;
    this.#batch.clear();
    this.#stream.emit('error', error);
  }
}

interface Waiting {
  readonly request: ReceivedRequest;
  readonly access: Access;
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
