// Error codes on the wire. A pipe carries the code of a CacheError as it is; a unary call carries a gRPC status, which any
// language understands, and the exact code in its trailer.

import { Metadata, type ServerErrorResponse, type ServiceError, status } from '@grpc/grpc-js';
import { CacheError, type ErrorCode, toErrorCode } from '@ringcache/cache-core';

/** Trailer of a unary call that failed: the code of the CacheError. */
export const CODE_TRAILER = 'ringcache-code';

/** Trailer of one that was refused for now: in how many ms another try makes sense. */
export const RETRY_AFTER_TRAILER = 'ringcache-retry-after-ms';

/**
 * The wire's own code: refused unread by a member that is leaving. It is `unavailable` with nobody having answered, so
 * that another member is asked; `unavailable` itself is what an origin said, and asking it again elsewhere helps nobody.
 */
export const DRAINING = 'draining';

/**
 * The wire's own code: refused unread by a process that is not the member that was meant. It is `unavailable` with nobody having
 * answered, as if no process was there.
 */
export const MISDIRECTED = 'misdirected';

const NOBODY_ANSWERED: ReadonlySet<string> = new Set([DRAINING, MISDIRECTED]);

export const STATUS_OF_CODE: Readonly<Record<ErrorCode, status>> = {
  not_found: status.NOT_FOUND,
  not_owner: status.FAILED_PRECONDITION,
  no_such_group: status.FAILED_PRECONDITION, // the last of two is what their status alone is taken for
  invalid_argument: status.INVALID_ARGUMENT,
  too_large: status.OUT_OF_RANGE,
  deadline: status.DEADLINE_EXCEEDED,
  unavailable: status.UNAVAILABLE,
  overloaded: status.RESOURCE_EXHAUSTED,
  unauthenticated: status.UNAUTHENTICATED,
  permission_denied: status.PERMISSION_DENIED,
  internal: status.INTERNAL,
};

const CODE_OF_STATUS: Readonly<Partial<Record<status, ErrorCode>>> = {
  ...Object.fromEntries(Object.entries(STATUS_OF_CODE).map(([code, of]) => [of, code])),
  [status.CANCELLED]: 'unavailable', // the other side went away in the middle; nobody here cancels without knowing it
  [status.ABORTED]: 'unavailable', // by definition worth another try
  [status.UNIMPLEMENTED]: 'unavailable', // something listens there, but no member
  // UNKNOWN, DATA_LOSS, ALREADY_EXISTS: nothing of ours sends them; `internal`, as every status to come
};

const MAX_MESSAGE_CHARS = 1024; // a status travels in an HTTP/2 header; peers refuse long ones

/** The text of an error as it may travel: short, and without lone surrogates, which grpc-js would throw at. */
export function textOf(error: CacheError): string {
  const { message } = error;
  return (message.slice(0, MAX_MESSAGE_CHARS) as string & { toWellFormed(): string }).toWellFormed();
}

/** An error as a message carries it. */
export function errorToWire(error: CacheError): { code: string; message: string; retryAfterMs: number } {
  return { code: error.code, message: textOf(error), retryAfterMs: Math.ceil(error.retryAfterMs ?? 0) };
}

/** What a stream or a unary call ends with that fails. */
export type EndedWith = Partial<ServerErrorResponse> & { code: status; details: string };

/** An error as a unary call ends with it. */
export function toServiceError(error: unknown): EndedWith {
  const cacheError = CacheError.from(error);
  const metadata = new Metadata();
  metadata.set(CODE_TRAILER, cacheError.code);
  const { retryAfterMs } = cacheError;
  if (retryAfterMs !== undefined) metadata.set(RETRY_AFTER_TRAILER, String(Math.ceil(retryAfterMs)));
  return { code: STATUS_OF_CODE[cacheError.code], details: textOf(cacheError), metadata };
}

/** What a stream or a unary call ends with that a draining server refuses. */
export function drainingError(): EndedWith {
  return refusedUnread(DRAINING, 'the member is draining');
}

/** What a stream or a unary call ends with that is meant for another process. */
export function misdirectedError(error: CacheError): EndedWith {
  return refusedUnread(MISDIRECTED, textOf(error));
}

function refusedUnread(code: string, details: string): EndedWith {
  const metadata = new Metadata();
  metadata.set(CODE_TRAILER, code);
  return { code: status.UNAVAILABLE, details, metadata };
}

/** An error that a peer sent in a response; `answered`, unless the peer refused to begin. */
export function fromWireError(error: { code: string; message: string; retryAfterMs: number }): CacheError {
  if (NOBODY_ANSWERED.has(error.code)) return new CacheError('unavailable', error.message);
  const retryAfterMs = error.retryAfterMs === 0 ? undefined : error.retryAfterMs;
  return new CacheError(toErrorCode(error.code), error.message, { answered: true, retryAfterMs });
}

/** What a unary call ended with: `answered` if the trailer shows that a member spoke, not grpc-js or something between. */
export function fromServiceError(error: ServiceError): CacheError {
  const [code] = error.metadata?.get(CODE_TRAILER) ?? [];
  if (typeof code === 'string' && !NOBODY_ANSWERED.has(code)) {
    const [after] = error.metadata.get(RETRY_AFTER_TRAILER);
    const retryAfterMs = typeof after === 'string' && /^\d+$/.test(after) ? Number(after) : undefined;
    return new CacheError(toErrorCode(code), error.details, { answered: true, cause: error, retryAfterMs });
  }
  return new CacheError(CODE_OF_STATUS[error.code] ?? 'internal', error.details, { cause: error });
}
