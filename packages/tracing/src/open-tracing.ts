import type { Tracing } from '@ringcache/cache-core';

export interface TracingOptions {
  /** The collector's, such as `http://localhost:4318`; spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  /** Part of the requests that come without a trace and begin one, 0 to 1. Default 0.01. The others follow whoever began theirs. */
  readonly sampleRatio?: number | undefined;
  /** What traces call this program. */
  readonly serviceName: string;
  /** And this process of it. Default: nothing. */
  readonly instanceId?: string | undefined;
  /** Sent to the collector with every request: they may be what lets this program in. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether spans show keys, and texts of errors, which may quote them. Values are never shown. Default false. */
  readonly includeKeys?: boolean | undefined;
  /** How long spans wait until they are sent, in ms. Default 5,000. */
  readonly delayMs?: number | undefined;
  /** Hears of spans that were lost, at most once a minute. Default: nobody. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

export interface OpenTracing extends Tracing {
  /** Sends what is left, and takes no more: at most 4 s. Never rejects. */
  close(): Promise<void>;
}

/**
 * Opens the way to a collector; nothing is sent, or connected, before there is a span. OpenTelemetry is loaded now and not before:
 * a program that has traces off has none of it in memory.
 * @throws {TypeError} an endpoint that is no URL.
 */
export async function openTracing(options: TracingOptions): Promise<OpenTracing> {
  const { OtelTracing } = await import('./otel-tracing.js');
  return new OtelTracing(options);
}

/** What a program's configuration says of traces. */
export interface TracingSettings extends Omit<TracingOptions, 'endpoint' | 'instanceId' | 'delayMs' | 'onProblem'> {
  /** See {@link TracingOptions.delayMs}. */
  readonly delay?: number | undefined;
  /** undefined: traces are off. */
  readonly endpoint?: string | undefined;
}

/** {@link openTracing}, if there is an endpoint. */
export async function tracingFrom(
  { endpoint, delay, ...settings }: TracingSettings,
  more: Pick<TracingOptions, 'instanceId' | 'onProblem'> = {},
): Promise<OpenTracing | undefined> {
  return endpoint === undefined ? undefined : openTracing({ ...settings, ...more, delayMs: delay, endpoint });
}
