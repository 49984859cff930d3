import type { handleUnaryCall } from '@grpc/grpc-js';
import type { TraceContext, Tracing } from '@ringcache/cache-core';
import type { Logger } from '@ringcache/logger';
import { languageOf, StudentError, toResponse } from './errors.js';
import { traced } from './traced.js';

/** Who hears of calls. */
export interface Witnesses {
  readonly log: Logger;
  readonly tracing: Tracing | undefined;
}

/**
 * A gRPC handler out of a function that returns the answer or throws. A {@link StudentError} goes to the caller in its
 * language; anything else is an internal error, logged in full and sent without its text.
 */
export function unary<Request, Response>(
  { log, tracing }: Witnesses,
  handle: (request: Request, trace: TraceContext | undefined) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    try {
      callback(null, await traced(tracing, call, (trace) => handle(call.request, trace)));
    } catch (thrown) {
      const error = thrown instanceof StudentError ? thrown : new StudentError('UNSPECIFIED', { cause: thrown });
      report(log, call.getPath(), error);
      callback(toResponse(error, languageOf(call.metadata)));
    }
  };
}

function report(log: Logger, path: string, error: StudentError): void {
  if (error.code === 'UNSPECIFIED') log.error('call failed', { path, error: error.cause });
  else if (error.code === 'DATABASE') log.warn('database unavailable', { path, reason: String(error.cause) });
  else log.debug('call refused', { path, code: error.code });
}
