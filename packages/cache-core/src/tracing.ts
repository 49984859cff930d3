// What the engine and its adapters ask of a tracer, and nothing of how one works: a context travels with a request as its id
// does, and where there is a tracer, steps of the request become spans. Without one the way of a request has one look at
// `undefined`, and a context that came with it goes on as it came.

/** Where a request stands in its trace, as W3C Trace Context has it: https://www.w3.org/TR/trace-context/. */
export interface TraceContext {
  /** `00-<32 hex digits: the trace>-<16: the span>-<2: flags>`; always 55 characters. */
  readonly traceparent: string;
  /** What tracers add for each other; '': nothing. */
  readonly tracestate: string;
}

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** `server`: answers a request; `client`: makes one. */
  readonly kind: 'server' | 'client' | 'internal';
  /** undefined: it begins a trace. */
  readonly parent: TraceContext | undefined;
  readonly attributes?: Attributes | undefined;
  /** The key that it is about: shown only where the tracer was told to show keys. */
  readonly key?: string | undefined;
}

/** A step of a request that is recorded. */
export interface Span {
  /** Goes on with whatever is asked of others within it. */
  readonly context: TraceContext;
  set(attributes: Attributes): void;
  /** Once: what comes later has no effect. @param error why it failed; `not_found` is an answer and no failure. */
  end(error?: unknown): void;
}

/**
 * Records spans. Which traces begin here is drawn by chance. The draw is split in two, so that a hit which is answered at once
 * costs no more than a look at {@link isDue}: such a request either is the one that is due, and goes the long way, or has passed.
 */
export interface Tracing {
  /** The next request that comes without a context begins a trace. */
  readonly isDue: boolean;
  /** Counts a request without a context that was answered while none was due. */
  passed(): void;
  /** Whether this request, which came without a context, begins a trace. It is counted. */
  begins(): boolean;
  /** The context of a request that is not recorded, for others who would draw again. */
  unsampled(): TraceContext;
  start(name: string, options: SpanOptions): Span;
}

const LENGTH = 55;
const FLAGS_END = LENGTH - 1;
const TRACE_ID_FROM = 3;
const TRACE_ID_TO = 35;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const MAX_TRACESTATE = 512; // characters, which the specification says are to be passed on at least
const TRACESTATE = /^[\x20-\x7e\t]*$/;

/** A context as it came over a wire; undefined: none, or none that can be read, which is as good. */
export function parseTrace(traceparent: string | undefined, tracestate?: string | undefined): TraceContext | undefined {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return undefined;
  const isOurs = traceparent.startsWith('00');
  if (isOurs && traceparent.length !== LENGTH) return undefined;
  return {
    // Of a later version what we know of it is passed on as ours, as the specification has it.
    traceparent: isOurs ? traceparent : `00${traceparent.slice(2, LENGTH)}`,
    tracestate: tracestate !== undefined && isState(tracestate) ? tracestate : '',
  };
}

function isState(tracestate: string): boolean {
  return tracestate.length <= MAX_TRACESTATE && TRACESTATE.test(tracestate);
}

/** Whether whoever began the trace records it. */
export function isSampled(traceparent: string): boolean {
  return (Number.parseInt(traceparent.charAt(FLAGS_END), 16) & 1) === 1;
}

/** What a log line says of a request that is recorded; undefined: it is not. */
export function sampledTraceId(trace: TraceContext | undefined): string | undefined {
  if (trace === undefined || !isSampled(trace.traceparent)) return undefined;
  return trace.traceparent.slice(TRACE_ID_FROM, TRACE_ID_TO);
}
