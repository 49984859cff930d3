// Failures as HTTP tells them: problem details (RFC 9457) for most, plain text where the other side reads only that. Nothing
// of what is inside gets out: the text is a CacheError's message, which is meant for callers, or it says nothing.

import type { ServerResponse } from 'node:http';
import { CacheError, type ErrorCode, toErrorCode } from '@ringcache/cache-core';

import { codeOfStatus, HTTP_OF_CODE, MISDIRECTED, RETRY_AFTER_SECONDS, retryHelps } from './codes.js';
import { REQUEST_ID_HEADER } from './request-id.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** A failure that has a status but is no CacheError's: of HTTP itself. */
export class HttpFailure extends Error {
  readonly status: number;
  readonly headers: readonly string[];

  constructor(status: number, message: string, headers: readonly string[] = []) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The request was meant for another process, which may be any that was at this address before. */
export class Misdirected extends HttpFailure {
  constructor(message: string) {
    super(421, message);
  }
}

interface Failure {
  readonly status: number;
  readonly code: ErrorCode | typeof MISDIRECTED;
  readonly title: string;
  readonly detail: string;
  readonly headers: readonly string[];
  /** Finer than the header, which has whole seconds. */
  readonly retryAfterMs?: number | undefined;
}

/** What may be told of anything that was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Misdirected) {
    const { status, message: detail, headers } = error;
    return { status, code: MISDIRECTED, title: 'Misdirected request', detail, headers };
  }
  if (error instanceof HttpFailure) {
    const code = 'invalid_argument'; // in a cache's terms: never repeat it unchanged
    return { status: error.status, code, title: 'Bad request', detail: error.message, headers: error.headers };
  }
  const known = error instanceof CacheError ? error : new CacheError('internal', 'the server failed; its logs say why');
  const { status, title } = HTTP_OF_CODE[known.code];
  const headers = retryHelps(status) ? ['Retry-After', String(retryAfterSeconds(known))] : [];
  if (known.code === 'unauthenticated') headers.push('WWW-Authenticate', 'Bearer');
  return { status, code: known.code, title, detail: known.message, headers, retryAfterMs: known.retryAfterMs };
}

function retryAfterSeconds({ retryAfterMs }: CacheError): number {
  return retryAfterMs === undefined ? RETRY_AFTER_SECONDS : Math.max(1, Math.ceil(retryAfterMs / 1_000));
}

export function problemText({ status, code, title, detail, retryAfterMs }: Failure): string {
  return JSON.stringify({ type: `urn:ringcache:problem:${code}`, title, status, detail, code, retryAfterMs });
}

/** Tells a failure, or cuts the connection if a response has begun. */
export function sendFailure(
  res: ServerResponse,
  error: unknown,
  format: 'problem' | 'text' | 'groupcache',
  requestId: string,
): void {
  if (res.headersSent) return void res.destroy();
  const failure = failureOf(error);
  const body = format === 'problem' ? problemText(failure) : `${failure.detail}\n`;
  const headers = [
    ...['Content-Type', format === 'problem' ? PROBLEM_TYPE : 'text/plain; charset=utf-8'],
    ...['Content-Length', String(Buffer.byteLength(body))],
    ...['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff', REQUEST_ID_HEADER, requestId],
    ...failure.headers,
  ];
  res.writeHead(format === 'groupcache' ? groupcacheStatus(failure) : failure.status, headers).end(body);
}

/** golang/groupcache knows three: no such group, a request that is none, and all else. */
function groupcacheStatus({ code, status }: Failure): number {
  if (code === 'no_such_group') return 404;
  return code === 'invalid_argument' ? status : 500;
}

const DETAIL_CHARS = 200; // of a stranger's reply that are worth repeating

/** The other way: a reply with a failure as the CacheError that it tells. */
export function errorOfReply(status: number, contentType: string | undefined, body: Uint8Array): CacheError {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const problem = contentType?.startsWith(PROBLEM_TYPE) ? parseProblem(text) : undefined;
  if (problem !== undefined) {
    const { code, detail, retryAfterMs } = problem;
    if (code === MISDIRECTED) return new CacheError('unavailable', detail);
    return new CacheError(toErrorCode(code), detail, { answered: true, retryAfterMs });
  }
  const detail = `HTTP ${status} ${text.slice(0, DETAIL_CHARS).trim()}`.trim();
  if (status === 404 || status === 421) {
    return new CacheError('unavailable', `whoever answers there is no ringcache node: ${detail}`);
  }
  return new CacheError(codeOfStatus(status), detail, { answered: true });
}

function parseProblem(text: string): { code: string; detail: string; retryAfterMs: number | undefined } | undefined {
  try {
    const { code, detail, retryAfterMs: after } = JSON.parse(text) as Record<string, unknown>;
    const retryAfterMs = typeof after === 'number' && after >= 0 ? after : undefined;
    return typeof code === 'string' ? { code, detail: String(detail), retryAfterMs } : undefined;
  } catch {
    return undefined; // cut off, or not JSON at all: the status still says what it was
  }
}
