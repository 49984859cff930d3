import { isSampled, type Span, type SpanOptions, type TraceContext, type Tracing } from '@ringcache/cache-core';

/**
 * Does something in a span, if it is recorded: if its parent is, or, of a server's, if it has none and begins a trace.
 * @param act gets the context to pass on, and the span; undefined: it is not recorded.
 */
export async function inSpan<T>(
  tracing: Tracing | undefined,
  name: string,
  options: SpanOptions,
  act: (trace: TraceContext | undefined, span: Span | undefined) => Promise<T>,
): Promise<T> {
  if (tracing === undefined || !isRecorded(tracing, options)) return act(options.parent, undefined);
  const span = tracing.start(name, options);
  try {
    const result = await act(span.context, span);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

function isRecorded(tracing: Tracing, { kind, parent }: SpanOptions): boolean {
  return parent === undefined ? kind === 'server' && tracing.begins() : isSampled(parent.traceparent);
}
