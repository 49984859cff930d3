// Traces by OpenTelemetry: spans in batches to a collector, by OTLP over HTTP. Nothing of it is global, so that a program which
// has OpenTelemetry of its own keeps it as it is.

import { createTraceState, ROOT_CONTEXT, SpanKind, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { Span, SpanOptions, TraceContext } from '@ringcache/cache-core';

import type { OpenTracing, TracingOptions } from './open-tracing.js';
import { RecordedSpan } from './recorded-span.js';
import { ReportingExporter } from './reporting-exporter.js';
import { RootDraw } from './root-draw.js';
import { unsampledParent } from './trace-ids.js';

const SCOPE = 'ringcache';
const DEFAULT_RATIO = 0.01;
const DEFAULT_DELAY_MS = 5_000;
const EXPORT_TIMEOUT_MS = 3_000; // of one message, a second attempt within it
const CLOSE_TIMEOUT_MS = 4_000; // longer, so that what fails at the end is told as well
const MAX_WAITING_SPANS = 4_096; // beyond them spans are lost, and some MiB of memory are not
const MAX_SPANS_PER_MESSAGE = 512;
const MAX_ATTRIBUTE_CHARS = 1_024; // a key may have more

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

export class OtelTracing implements OpenTracing {
  readonly #draw: RootDraw;
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #includeKeys: boolean;

  constructor(options: TracingOptions) {
    const { serviceName, instanceId, onProblem = () => {} } = options;
    const exporter = new OTLPTraceExporter({
      url: tracesUrl(options.endpoint),
      headers: { ...options.headers },
      timeoutMillis: EXPORT_TIMEOUT_MS,
    });
    this.#draw = new RootDraw(options.sampleRatio ?? DEFAULT_RATIO);
    this.#includeKeys = options.includeKeys ?? false;
    this.#provider = new TracerProvider({
      sampler: new AlwaysOnSampler(), // a span is begun only where it was decided that there shall be one
      resource: resourceFromAttributes({
        [ATTR_SERVICE_NAME]: serviceName,
        ...(instanceId === undefined ? {} : { [ATTR_SERVICE_INSTANCE_ID]: instanceId }),
      }),
      spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_CHARS },
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new ReportingExporter({ exporter, onProblem }),
          scheduledDelayMillis: options.delayMs ?? DEFAULT_DELAY_MS,
          maxQueueSize: MAX_WAITING_SPANS,
          maxExportBatchSize: MAX_SPANS_PER_MESSAGE,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer(SCOPE);
  }

  get isDue(): boolean {
    return this.#draw.isDue;
  }

  passed(): void {
    this.#draw.passed();
  }

  begins(): boolean {
    return this.#draw.take();
  }

  unsampled(): TraceContext {
    return { traceparent: unsampledParent(), tracestate: '' };
  }

  start(name: string, { kind: wanted, parent, attributes, key }: SpanOptions): Span {
    const kind = KINDS[wanted];
    const all = key !== undefined && this.#includeKeys ? { ...attributes, 'ringcache.key': key } : { ...attributes };
    const span = this.#tracer.startSpan(name, { kind, attributes: all }, contextOf(parent, kind === SpanKind.SERVER));
    return new RecordedSpan(span, kind, this.#includeKeys);
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.#provider.shutdown().catch(() => {}), late]); // what failed was said by the exporter
    clearTimeout(timer);
  }
}

function contextOf(parent: TraceContext | undefined, isRemote: boolean) {
  if (parent === undefined) return ROOT_CONTEXT;
  const [, traceId = '', spanId = ''] = parent.traceparent.split('-');
  const traceState = parent.tracestate === '' ? {} : { traceState: createTraceState(parent.tracestate) };
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...{ traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote },
    ...traceState,
  });
}

function tracesUrl(endpoint: string): string {
  return `${new URL(endpoint).href.replace(/\/$/, '')}/v1/traces`;
}
