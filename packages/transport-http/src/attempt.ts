// One request and its reply on one connection: sent, answered or failed, in time, in size.

import { type Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CacheError } from '@ringcache/cache-core';
import { tlsFailure } from '@ringcache/tls';
import { type Address, formatAddress } from './address.js';
import { readBody } from './body.js';
import type { Patience } from './patience.js';

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE' | 'POST';
  readonly path: string;
  /** Flat, name after value; Host and Content-Length are added. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array | undefined;
  /** The largest body of a reply that is taken, in bytes. */
  readonly maxBytes: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A connection that was kept open turns out to be closed at the other end: nobody has read the request. */
export class StaleConnection extends CacheError {
  constructor(cause: unknown) {
    super('unavailable', 'the connection was closed', { cause });
  }
}

export interface AttemptOptions {
  readonly to: Address;
  /** Whose connections are used. */
  readonly agent: Agent;
  readonly connectTimeoutMs: number;
  readonly patience: Patience;
  /** Called for each connection that is made. */
  readonly onConnection: () => void;
}

/** @throws {CacheError} `unavailable`, {@link StaleConnection} among it; `deadline`; `too_large`, answered. */
export function attempt(call: HttpRequest, options: AttemptOptions): Promise<HttpReply> {
  const { to, agent, connectTimeoutMs, patience } = options;
  return new Promise((resolve, reject) => {
    if (patience.ended !== undefined) return reject(patience.ended);
    const { method, path, body } = call;
    const req = request({ ...to, agent, method, path, headers: headersOf(call, to) });
    const fail = (why: unknown) => {
      reject(why);
      req.destroy();
    };
    patience.onEnd = fail;
    let bytesBefore = 0; // of earlier replies on the same connection
    req.on('error', (cause) => fail(lost(req, to, bytesBefore, cause)));
    req.once('socket', (socket) => {
      bytesBefore = socket.bytesRead;
      if (req.reusedSocket) return;
      options.onConnection();
      watchConnect(socket, connectTimeoutMs, fail);
    });
    req.once('response', (res) => {
      readReply(res, call.maxBytes).then(resolve, fail);
    });
    req.end(body);
  });
}

function headersOf({ headers, body, method }: HttpRequest, to: Address): string[] {
  const all = ['Host', formatAddress(to), ...headers];
  if (method !== 'GET') all.push('Content-Length', String(body?.byteLength ?? 0));
  return all;
}

function lost(req: ClientRequest, to: Address, bytesBefore: number, cause: Error & { code?: string }): CacheError {
  const { socket } = req;
  const reset = cause.code === 'ECONNRESET' || cause.code === 'EPIPE';
  const unanswered = reset && socket?.bytesRead === bytesBefore;
  if (unanswered && req.reusedSocket) return new StaleConnection(cause);
  const overTls = socket instanceof TLSSocket;
  const ofTls = overTls && (!socket.authorized || cause.code?.startsWith('ERR_SSL_'));
  if (ofTls) return tlsFailure(formatAddress(to), socket, cause);
  if (!unanswered) return new CacheError('unavailable', cause.message, { cause });
  const hint = overTls ? 'does it refuse our certificate?' : 'does it expect TLS?'; // neither end is told by the other
  return new CacheError('unavailable', `${formatAddress(to)} closed the connection: ${hint}`, { cause });
}

/** A connection is made in a round trip or two, or there is nobody: no reason to wait as long as for an answer. */
function watchConnect(socket: Socket, timeoutMs: number, fail: (why: CacheError) => void): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => {
    fail(new CacheError('unavailable', `no connection within ${timeoutMs} ms`));
  }, timeoutMs);
  socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
}

const MAX_FAILURE_BYTES = 64 * 1024; // of text that says what failed

async function readReply(res: IncomingMessage, maxBytes: number): Promise<HttpReply> {
  const { statusCode, headers } = res;
  const status = statusCode ?? 0;
  try {
    const body = await readBody(res, status < 400 ? maxBytes : MAX_FAILURE_BYTES);
    return { status, headers, body };
  } catch (error) {
    const failure = CacheError.from(error);
    if (failure.code !== 'too_large') throw failure;
    res.destroy(); // or all of it would come
    if (status >= 400) return { status, headers, body: Buffer.alloc(0) };
    throw new CacheError('too_large', `the reply has more than ${maxBytes} bytes`, { answered: true });
  }
}
