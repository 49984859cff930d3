import type { LoadContext } from './origin.js';

// What a header, and metadata of gRPC, can carry: an id that is other text goes no further than the log.
const HEADER_TEXT = /^[\x20-\x7e]{1,256}$/;

/** What goes on with a load to a service: names as headers have them. */
export function passedOn({ requestId, trace }: Pick<LoadContext, 'requestId' | 'trace'>): Record<string, string> {
  const headers: Record<string, string> = {};
  if (requestId !== undefined && HEADER_TEXT.test(requestId)) headers['x-request-id'] = requestId;
  if (trace === undefined) return headers;
  headers.traceparent = trace.traceparent;
  if (trace.tracestate !== '') headers.tracestate = trace.tracestate;
  return headers;
}
