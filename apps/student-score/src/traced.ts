import { type Metadata, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { parseTrace, type Span, type TraceContext, type Tracing } from '@ringcache/cache-core';
import { inSpan } from '@ringcache/tracing';

import { StudentError, toResponse } from './errors.js';

/** Continues the caller's trace, or begins one. What is answered with an error of the caller's making is no failure of ours. */
export async function traced<Response>(
  tracing: Tracing | undefined,
  call: ServerUnaryCall<unknown, unknown>,
  handle: (trace: TraceContext | undefined) => Promise<Response>,
): Promise<Response> {
  const parent = traceOf(call.metadata);
  if (tracing === undefined) return handle(parent);
  const method = call.getPath().slice(1); // without the slash it is a method's name as conventions want it
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method };
  const outcome = await inSpan(tracing, method, { kind: 'server', parent, attributes }, async (trace, span) => {
    try {
      return { response: await handle(trace) };
    } catch (thrown) {
      if (!(thrown instanceof StudentError) || isOurs(thrown)) throw thrown;
      tell(span, thrown);
      return { thrown };
    }
  });
  if ('thrown' in outcome) throw outcome.thrown;
  return outcome.response;
}

function isOurs({ code }: StudentError): boolean {
  return code === 'UNSPECIFIED' || code === 'DATABASE';
}

function tell(span: Span | undefined, error: StudentError): void {
  const { code = status.UNKNOWN } = toResponse(error, 'en');
  span?.set({ 'rpc.response.status_code': status[code], 'error.type': error.code });
}

function traceOf(metadata: Metadata): TraceContext | undefined {
  const [traceparent] = metadata.get('traceparent');
  if (typeof traceparent !== 'string') return undefined;
  return parseTrace(traceparent, metadata.get('tracestate').join(','));
}
