import { type ClientHttp2Session, type ClientHttp2Stream, connect, type Settings } from 'node:http2';

import { cache, peer, pipe } from '@ringcache/proto';

import { ADDRESSEE } from './raw-pipe.js';
import type { Stage } from './stage.js';

const PREFIX_BYTES = 5; // of a gRPC message

export interface Http2PipeOptions {
  service?: 'cache' | 'peer';
  headers?: Record<string, string>;
  settings?: Settings;
  /** A connection that there is, in place of one of its own. */
  session?: ClientHttp2Session;
}

/** A client of a pipe, one level below gRPC: it frames its messages itself, and has windows of its own. */
export class Http2Pipe {
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;
  /** Status and reason. */
  readonly ended: Promise<{ code: number; details: string }>;
  readonly responses: pipe.Response[] = [];
  #pieces: Buffer[] = []; // put together when there is a whole message: some are of MiB
  #bytes = 0;
  #wanted = PREFIX_BYTES;
  #arrived = () => {};

  constructor(stage: Stage, port: number, options: Http2PipeOptions = {}) {
    const { service = 'cache', headers = {}, settings = {} } = options;
    const { path } = service === 'cache' ? cache.CacheService.pipe : peer.PeerService.pipe;
    this.session = options.session ?? begin(stage, port, settings);
    const beginning = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    this.stream = this.session.request({ ...beginning, ...(service === 'peer' && ADDRESSEE), ...headers });
    this.stream.on('error', () => {}); // to be cut off is a fair answer
    this.stream.on('data', (bytes: Buffer) => this.#read(bytes));
    this.ended = new Promise((resolve) => {
      const end = (trailers: Record<string, unknown>) => {
        if (trailers['grpc-status'] === undefined) return;
        const details = decodeURIComponent(String(trailers['grpc-message']));
        resolve({ code: Number(trailers['grpc-status']), details });
      };
      this.stream.on('response', end).on('trailers', end);
    });
  }

  /** Bytes of DATA frames, in which messages are to be framed. */
  send(...framed: Uint8Array[]): void {
    this.stream.write(Buffer.concat(framed));
  }

  /** Resolves when so many responses have come. */
  async received(count: number): Promise<pipe.Response[]> {
    while (this.responses.length < count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.responses;
  }

  #read(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    while (this.#bytes >= this.#wanted) {
      const all = Buffer.concat(this.#pieces);
      const end = PREFIX_BYTES + all.readUInt32BE(1);
      const isWhole = all.length >= end;
      if (isWhole) this.responses.push(...pipe.Responses.decode(all.subarray(PREFIX_BYTES, end)).responses);
      const rest = isWhole ? all.subarray(end) : all;
      this.#pieces = [rest];
      this.#bytes = rest.length;
      this.#wanted = isWhole ? PREFIX_BYTES : end;
    }
    this.#arrived();
  }
}

function begin(stage: Stage, port: number, settings: Settings): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, { settings });
  session.on('error', () => {}); // likewise
  session.setMaxListeners(0); // each of its streams listens
  stage.atEnd(() => session.destroy());
  return session;
}

/** A gRPC message as it lies in DATA frames. */
export function framed(contents: Uint8Array, { length = contents.length, compressed = 0 } = {}): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix[0] = compressed;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, contents]);
}
