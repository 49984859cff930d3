// What of OTLP a test looks at, decoded from the bytes of the wire by the field numbers of its specification:
// https://github.com/open-telemetry/opentelemetry-proto. The exporter's own encoder has no part in it.

import protobuf from 'protobufjs';

const MESSAGES = `
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
}
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
`;

const type = protobuf.parse(MESSAGES, { keepCase: false }).root.lookupType('ExportTraceServiceRequest');

type Value = string | number | boolean;

interface KeyValues {
  readonly attributes: readonly { readonly key: string; readonly value?: Readonly<Record<string, Value>> }[];
}

interface WireSpan extends KeyValues {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code: number; readonly message: string };
}

interface Message {
  readonly resourceSpans: readonly {
    readonly resource: KeyValues;
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** A span as a collector gets it. Ids in hex; '': no parent. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: 'unspecified' | 'internal' | 'server' | 'client';
  readonly attributes: Readonly<Record<string, Value>>;
  readonly isError: boolean;
  readonly errorText: string;
  readonly resource: Readonly<Record<string, Value>>;
  readonly startedAtNs: bigint;
  readonly endedAtNs: bigint;
}

const KINDS = ['unspecified', 'internal', 'server', 'client'] as const;
const ERROR = 2;

/** @throws {Error} the bytes are no such message. */
export function readSpans(bytes: Uint8Array): ReceivedSpan[] {
  const message = type.toObject(type.decode(bytes), { longs: String, bytes: Buffer, defaults: true });
  return (message as Message).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => received(span, attributesOf(resource)))),
  );
}

function received(span: WireSpan, resource: ReceivedSpan['resource']): ReceivedSpan {
  return {
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentSpanId: span.parentSpanId.toString('hex'),
    traceState: span.traceState,
    name: span.name,
    kind: KINDS[span.kind] ?? 'unspecified',
    attributes: attributesOf(span),
    isError: span.status?.code === ERROR,
    errorText: span.status?.message ?? '',
    resource,
    startedAtNs: BigInt(span.startTimeUnixNano),
    endedAtNs: BigInt(span.endTimeUnixNano),
  };
}

function attributesOf({ attributes }: KeyValues): Record<string, Value> {
  return Object.fromEntries(attributes.map(({ key, value = {} }) => [key, plainValue(value)]));
}

function plainValue(value: Readonly<Record<string, Value>>): Value {
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? '';
}
