// The headers of W3C Trace Context: https://www.w3.org/TR/trace-context/.

import type { IncomingHttpHeaders } from 'node:http';
import { parseTrace, type TraceContext } from '@ringcache/cache-core';

const TRACEPARENT_HEADER = 'traceparent';
const TRACESTATE_HEADER = 'tracestate';

/** undefined: there is none, or none that can be read; two of them are none, since node:http joins them. */
export function traceOf(headers: IncomingHttpHeaders): TraceContext | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return undefined;
  return parseTrace(traceparent, typeof tracestate === 'string' ? tracestate : undefined);
}

/** Flat, name after value. */
export function traceHeaders({ traceparent, tracestate }: TraceContext): string[] {
  const headers = [TRACEPARENT_HEADER, traceparent];
  if (tracestate !== '') headers.push(TRACESTATE_HEADER, tracestate);
  return headers;
}
