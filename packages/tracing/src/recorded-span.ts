import { type Span as OtelSpan, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { type Attributes, CacheError, type ErrorCode, type Span, type TraceContext } from '@ringcache/cache-core';

/** Of a server these are its own failures; with any other code it has answered as it should. */
const SERVER_FAILURES: readonly ErrorCode[] = ['deadline', 'unavailable', 'internal'];

const HEX = 16;

/** A span of OpenTelemetry's as ours. */
export class RecordedSpan implements Span {
  readonly context: TraceContext;
  readonly #span: OtelSpan;
  readonly #kind: SpanKind;
  readonly #hasTexts: boolean;
  #isEnded = false;

  /** @param hasTexts messages of errors may be told: they can quote a key. */
  constructor(span: OtelSpan, kind: SpanKind, hasTexts: boolean) {
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    const flags = traceFlags.toString(HEX).padStart(2, '0');
    this.context = { traceparent: `00-${traceId}-${spanId}-${flags}`, tracestate: traceState?.serialize() ?? '' };
    this.#span = span;
    this.#kind = kind;
    this.#hasTexts = hasTexts;
  }

  set(attributes: Attributes): void {
    if (!this.#isEnded) this.#span.setAttributes(attributes);
  }

  end(error?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (error !== undefined) this.#failed(CacheError.from(error));
    this.#span.end();
  }

  #failed({ code, message }: CacheError): void {
    if (code === 'not_found') {
      this.#span.setAttribute('ringcache.found', false);
      return;
    }
    this.#span.setAttribute(ATTR_ERROR_TYPE, code);
    if (this.#kind === SpanKind.SERVER && !SERVER_FAILURES.includes(code)) return;
    this.#span.setStatus({ code: SpanStatusCode.ERROR, ...(this.#hasTexts ? { message } : {}) });
  }
}
