// Steps of a request as spans, where there is a tracer and the request is recorded. The services and their methods have the
// names that they have over gRPC, whatever carries them, as OpenTelemetry's conventions for RPC want it.

import type { Answer, CallOptions, WriteResult } from './contracts.js';
import { CacheError } from './errors.js';
import type { Flight } from './flights.js';
import type { Member } from './member.js';
import { type Attributes, isSampled, type Span, type TraceContext, type Tracing } from './tracing.js';

export type Asker = 'client' | 'peer';
export type Method = 'Get' | 'Set' | 'Delete' | 'Clear';

/** What a request is about. */
export interface Subject {
  readonly method: Method;
  readonly group: string;
  /** '': every key of the group. */
  readonly key: string;
}

const SERVICES: Readonly<Record<Asker, string>> = { client: 'ringcache.v1.Cache', peer: 'ringcache.v1.Peer' };

/**
 * Whether a request that was answered at once would have been recorded: then it has to go the long way. Members never begin a
 * trace with what another one asks: that one has decided.
 */
export function isToBeRecorded(tracing: Tracing, traceparent: string, from: Asker): boolean {
  return traceparent === '' ? from === 'client' && tracing.isDue : isSampled(traceparent);
}

/** Answers a request, in a span if it is recorded. */
export function answerInSpan<T extends Answer | WriteResult>(
  tracing: Tracing,
  from: Asker,
  subject: Subject,
  given: CallOptions,
  answer: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const { trace, requestId } = given;
  const isRecorded = trace === undefined ? from === 'client' && tracing.begins() : isSampled(trace.traceparent);
  if (!isRecorded) return answer(given);
  const span = startRpc(tracing, 'server', from, subject, trace);
  if (requestId !== undefined) span.set({ 'ringcache.request_id': requestId });
  return ended(span, answer(within(given, span.context)), resultAttributes);
}

/** A call of a program outside the ring, in a span if it is recorded; else with a context that says so, lest nodes draw again. */
export function callInSpan<T extends Answer | WriteResult>(
  tracing: Tracing,
  subject: Subject,
  given: CallOptions,
  call: (options: CallOptions, span: Span | undefined) => Promise<T>,
): Promise<T> {
  const { trace } = given;
  const isRecorded = trace === undefined ? tracing.begins() : isSampled(trace.traceparent);
  if (!isRecorded) return call(trace === undefined ? within(given, tracing.unsampled()) : given, undefined);
  const span = startRpc(tracing, 'client', 'client', subject, trace);
  return ended(span, call(within(given, span.context), span), resultAttributes);
}

/** What is told of the member that is asked. */
export function memberAttributes(member: Member): Attributes {
  return { 'ringcache.member': member.id, 'server.address': hostOf(member) };
}

/** The span of a request to another member; undefined: it is not recorded. To be ended by the caller. */
export function startAsking(
  tracing: Tracing | undefined,
  member: Member,
  subject: Subject,
  parent: TraceContext | undefined,
): Span | undefined {
  if (tracing === undefined || parent === undefined || !isSampled(parent.traceparent)) return undefined;
  const span = startRpc(tracing, 'client', 'peer', subject, parent);
  span.set(memberAttributes(member));
  return span;
}

/** The span of a load, ended when the load's time is up though its loader goes on; undefined: it is not recorded. */
export function startLoad(
  tracing: Tracing | undefined,
  group: string,
  key: string,
  parent: TraceContext | undefined,
  flight: Flight,
): Span | undefined {
  if (tracing === undefined || parent === undefined || !isSampled(parent.traceparent)) return undefined;
  const attributes = { 'ringcache.group': group };
  const span = tracing.start('ringcache.load', { kind: 'internal', parent, key, attributes });
  const late = () => span.end(new CacheError('deadline', "the load's time was up"));
  flight.signal.addEventListener('abort', late, { once: true });
  return span;
}

/** Ends a span with what comes of it. */
function ended<T>(span: Span, result: Promise<T>, attributes: (value: T) => Attributes): Promise<T> {
  return result.then(
    (value) => {
      span.set(attributes(value));
      span.end();
      return value;
    },
    (error: unknown) => {
      span.end(error);
      throw error;
    },
  );
}

/** The same call as a part of a span. */
export function within({ signal, timeoutMs, requestId }: CallOptions, trace: TraceContext): CallOptions {
  return { signal, timeoutMs, requestId, trace };
}

/** What is told of a result: never the value. */
function resultAttributes(result: Answer | WriteResult): Attributes {
  if ('applied' in result) return { 'ringcache.applied': result.applied };
  const { source, servedBy, value } = result;
  return { 'ringcache.source': source, 'ringcache.served_by': servedBy, 'ringcache.value_bytes': value.byteLength };
}

/** A span of a call of one of our services. */
function startRpc(
  tracing: Tracing,
  kind: 'server' | 'client',
  service: Asker,
  { method, group, key }: Subject,
  parent: TraceContext | undefined,
): Span {
  const name = `${SERVICES[service]}/${method}`;
  const attributes = { 'rpc.system.name': 'ringcache', 'rpc.method': name, 'ringcache.group': group };
  return tracing.start(name, { kind, parent, attributes, key: key === '' ? undefined : key });
}

function hostOf({ grpc, http }: Member): string {
  const address = grpc === '' ? http : grpc;
  return address.slice(0, Math.max(0, address.lastIndexOf(':')));
}
