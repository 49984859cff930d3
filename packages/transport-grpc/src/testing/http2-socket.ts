// HTTP/2 by the frame (RFC 9113), for what no HTTP/2 library would send: frames that are none, too many of them, streams over
// the limit.

import { connect, type Socket } from 'node:net';

import type { Stage } from './stage.js';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const HEADER_BYTES = 9; // of a frame

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 1; // of DATA and HEADERS
export const ACK = 1; // of SETTINGS and PING
export const END_HEADERS = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** Literals that no table keeps, not compressed (RFC 7541, 6.2.2). */
export function headerBlock(headers: Record<string, string>): Buffer {
  const text = (some: string) => Buffer.from([some.length, ...Buffer.from(some)]); // below 127 characters
  return Buffer.concat(Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** The beginning of a call of a pipe. */
export function openPipe(stream: number, headers: Record<string, string> = {}): Buffer {
  const block = headerBlock({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/ringcache.v1.Cache/Pipe',
    ':authority': 'localhost',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  return frame(HEADERS, END_HEADERS, stream, block);
}

/** A connection that has said hello, answers pings and settings, and else sends and notes what it is told to. */
export class Http2Socket {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<void>;
  #rest = Buffer.alloc(0);
  readonly #waiting = new Set<() => void>();

  constructor(stage: Stage, port: number) {
    this.socket = connect(port, '127.0.0.1');
    stage.atEnd(() => this.socket.destroy());
    this.socket.on('error', () => {}); // to be cut off is a fair answer
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
    this.socket.on('data', (bytes: Buffer) => this.#read(bytes));
    this.send(Buffer.from(PREFACE), frame(SETTINGS, 0, 0));
  }

  send(...frames: Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Resolves with the first such frame that has come, or comes. */
  async received(which: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(which);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      const [type, flags] = [this.#rest[3]!, this.#rest[4]!];
      const stream = this.#rest.readUInt32BE(5) & 0x7fff_ffff;
      const payload = this.#rest.subarray(HEADER_BYTES, end);
      this.#rest = this.#rest.subarray(end);
      this.frames.push({ type, flags, stream, payload });
      if ((type === SETTINGS || type === PING) && (flags & ACK) === 0) {
        this.send(frame(type, ACK, 0, type === PING ? payload : undefined));
      }
    }
    for (const look of this.#waiting) look();
    this.#waiting.clear();
  }
}
