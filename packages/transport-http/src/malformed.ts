// Bytes that are no request, or not in time: node:http gives up on the connection, and the sender is told why if it is that
// sender's turn to be answered.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import { failureOf, HttpFailure, PROBLEM_TYPE, problemText } from './problem.js';

/** The last response that was begun on each connection; a pipelining client has several under way. */
const lastOf = new WeakMap<Duplex, ServerResponse>();

export function remember(req: IncomingMessage, res: ServerResponse): void {
  lastOf.set(req.socket, res);
}

/** For the server's `clientError`. */
export function answerMalformed(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || !isNext(socket)) return void socket.destroy();
  const failure = failureOf(failureFor(error.code));
  const body = problemText(failure);
  const head = [
    `HTTP/1.1 ${failure.status} Bad Request`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function failureFor(code: string | undefined): HttpFailure {
  if (code === 'HPE_HEADER_OVERFLOW') return new HttpFailure(431, 'the head of the request is too long');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HttpFailure(408, 'the request did not arrive in time');
  if (code === 'HPE_INVALID_URL') return new HttpFailure(400, 'path and query must be percent-encoded');
  return new HttpFailure(400, 'malformed HTTP');
}

/**
 * Whether what is written now would be read as the answer to what was malformed: all before it is answered, or it is the
 * body of a request that has been told nothing yet. Anything else would answer another request on the connection.
 */
function isNext(socket: Duplex): boolean {
  const last = lastOf.get(socket);
  if (last === undefined || last.writableFinished) return true;
  return last.socket === socket && !last.headersSent && !last.req.complete;
}
