// The contracts' types as they travel. Three things are said differently there: an endless life is 0 in an answer, since it
// is the common case; in a change 0 is the group's default, so an endless life is a very long one; and a time is whole ms.

import {
  type Answer,
  CacheError,
  type CallOptions,
  type Change,
  checkGroupName,
  checkKey,
  type Entry,
  type ExchangeReply,
  type ExchangeRequest,
  exchangeReplyOf,
  type Invalidation,
  type Member,
  parseTrace,
  type Source,
  type View,
  type ViewMember,
  type WriteResult,
} from '@ringcache/cache-core';
import { type membership, pipe } from '@ringcache/proto';

import { asBuffer, asBytes, emptyResponse, type Request, type Response } from './pipe-codec.js';
import type { ReceivedResponse } from './pipe-decode.js';

const NO_BYTES = Buffer.alloc(0);
const ENDLESS_MS = Number.MAX_SAFE_INTEGER;
const MAX_UINT32 = 0xffff_ffff;
const MAX_REQUEST_ID_CHARS = 256; // it is for logs: rather cut than refused

export const SOURCE_TO_WIRE: Readonly<Record<Source, pipe.Source>> = {
  main: pipe.Source.MAIN,
  hot: pipe.Source.HOT,
  load: pipe.Source.LOAD,
};
const SOURCES: readonly Source[] = ['load', 'main', 'hot', 'load']; // by number; an unknown one is `load`

/** @throws {CacheError} `invalid_argument` for what cannot be a group's name or a key. */
export function toRequest(op: pipe.Op, group: string, key: string, options: CallOptions): Request {
  checkGroupName(group);
  checkKey(key);
  return requestOf(op, group, key, options);
}

/** @throws {CacheError} `invalid_argument` for what cannot be a group's name. */
export function toClearRequest(group: string, options: CallOptions): Request {
  checkGroupName(group);
  return requestOf(pipe.Op.CLEAR, group, '', options);
}

export function toExchangeRequest(exchange: ExchangeRequest, options: CallOptions): Request {
  const request = requestOf(pipe.Op.EXCHANGE, '', '', options);
  const { cluster, to, hashing } = exchange;
  request.exchange = { ...statusToWire(exchange), cluster, to, hashing };
  return request;
}

function requestOf(op: pipe.Op, group: string, key: string, options: CallOptions): Request {
  return {
    id: 0,
    op,
    group,
    key,
    value: NO_BYTES,
    ttlMs: 0,
    timeoutMs: options.timeoutMs === undefined ? 0 : timeoutToWire(options.timeoutMs),
    requestId: options.requestId?.slice(0, MAX_REQUEST_ID_CHARS) ?? '',
    version: 0,
    keepOwned: false,
    exchange: undefined,
    traceParent: options.trace?.traceparent ?? '',
    traceState: options.trace?.tracestate ?? '',
  };
}

/** @throws {CacheError} `invalid_argument`. */
export function toDropRequest(group: string, invalidation: Invalidation, options: CallOptions): Request {
  const { key, version, keepsOwned } = invalidation;
  checkGroupName(group);
  if (key !== undefined) checkKey(key);
  const request = requestOf(pipe.Op.DROP, group, key ?? '', options);
  // Checked here, because the encoder would throw at the whole message.
  if (!Number.isSafeInteger(version) || version < 0) {
    throw new CacheError('invalid_argument', `a version must be a whole number, got ${version}`);
  }
  request.version = version;
  request.keepOwned = keepsOwned;
  return request;
}

/** @throws {CacheError} `invalid_argument`, `too_large`. */
export function toWriteRequest(group: string, change: Change, options: CallOptions, maxValueBytes: number): Request {
  const isToBeKept = change.op === 'set' && change.ttlMs !== 0; // 0 on the wire says nothing
  if (!isToBeKept) return toRequest(pipe.Op.DELETE, group, change.key, options);
  const request = toRequest(pipe.Op.SET, group, change.key, options);
  if (!(change.value instanceof Uint8Array)) throw new CacheError('invalid_argument', 'a value must be a Uint8Array');
  checkValueLength(change.value.length, maxValueBytes);
  request.value = asBuffer(change.value);
  request.ttlMs = lifeToWire(change.ttlMs);
  return request;
}

/** @throws {CacheError} `too_large`. */
export function checkValueLength(length: number, maxValueBytes: number): void {
  if (length <= maxValueBytes) return;
  throw new CacheError('too_large', `the value has ${length} bytes; a message may carry ${maxValueBytes}`);
}

/** @throws {CacheError} `too_large`. */
export function toChange(request: { key: string; value: Buffer; ttlMs: number }, maxValueBytes: number): Change {
  checkValueLength(request.value.length, maxValueBytes);
  const ttlMs = request.ttlMs >= ENDLESS_MS ? Number.POSITIVE_INFINITY : request.ttlMs;
  return { op: 'set', key: request.key, value: asBytes(request.value).slice(), ttlMs: ttlMs === 0 ? undefined : ttlMs };
}

export function toCallOptions(request: Request): CallOptions {
  return {
    timeoutMs: request.timeoutMs === 0 ? undefined : request.timeoutMs,
    requestId: request.requestId === '' ? undefined : request.requestId,
    trace: request.traceParent === '' ? undefined : parseTrace(request.traceParent, request.traceState),
  };
}

/** @throws {CacheError} `too_large`. */
export function answerToWire(id: number, answer: Answer, maxValueBytes: number): Response {
  const response = entryToWire(id, answer, maxValueBytes);
  response.source = SOURCE_TO_WIRE[answer.source];
  response.servedBy = answer.servedBy;
  return response;
}

/** Reads an answer. @throws {CacheError} `too_large`. */
export function answerReader(maxValueBytes: number): (response: ReceivedResponse) => Answer {
  return (response) => {
    checkValueLength(response.valueEnd - response.valueStart, maxValueBytes);
    return answerFromWire(response);
  };
}

function answerFromWire(response: ReceivedResponse): Answer {
  return {
    value: response.takeValue(),
    version: response.version,
    ttlMs: ttlFromWire(response.ttlMs),
    source: SOURCES[response.source] ?? 'load',
    servedBy: response.servedBy,
  };
}

/** @throws {CacheError} `too_large`. */
export function peekToWire(id: number, entry: Entry | undefined, maxValueBytes: number): Response {
  if (entry !== undefined) return entryToWire(id, entry, maxValueBytes);
  const response = emptyResponse(id);
  response.absent = true;
  return response;
}

export function peekFromWire(response: ReceivedResponse): Entry | undefined {
  if (response.absent) return undefined;
  return { value: response.takeValue(), version: response.version, ttlMs: ttlFromWire(response.ttlMs) };
}

export function exchangeToWire(id: number, reply: ExchangeReply): Response {
  const response = emptyResponse(id);
  response.exchange = { ...statusToWire(reply), isGranted: reply.isGranted };
  return response;
}

/** @throws {CacheError} `unavailable`: the reply makes no sense. */
export function exchangeFromWire({ exchange }: ReceivedResponse): ExchangeReply {
  try {
    return exchangeReplyOf(exchange);
  } catch (cause) {
    throw new CacheError('unavailable', `what was answered is no exchange: ${CacheError.from(cause).message}`, {
      cause,
    });
  }
}

/** Copied: a request may wait before it is written, and who made it goes on. */
function statusToWire(status: ExchangeRequest | ExchangeReply): Omit<membership.ExchangeReply, 'isGranted'> {
  const { from, viewId, view, isActive, hears, isSettled, isLeaving, isGone } = status;
  return {
    from: viewMemberToWire(from),
    viewId,
    view: view && viewToWire(view),
    ...{ isActive, hears: [...hears], isSettled, isLeaving, isGone },
  };
}

function viewToWire({ id, lineage, number, members, before, armed }: View): membership.View {
  return {
    ...{ id, lineage, number, armed },
    members: members.map(viewMemberToWire),
    before: before.map(viewMemberToWire),
  };
}

function viewMemberToWire({ id, grpc, http, weight, incarnation }: ViewMember): membership.ViewMember {
  return { id, grpc, http, weight, incarnation };
}

export function memberToWire({ id, grpc, http, weight }: Member): Member {
  return { id, grpc, http, weight };
}

export function writeToWire(id: number, result: WriteResult): Response {
  const response = emptyResponse(id);
  response.version = result.version;
  if (result.applied === 'all') return response;
  response.missing = [...result.missing];
  response.staleForMs = Math.ceil(result.staleForMs);
  return response;
}

export function writeFromWire(response: { version: number; missing: string[]; staleForMs: number }): WriteResult {
  const { version, missing, staleForMs } = response;
  return missing.length === 0 ? { version, applied: 'all' } : { version, applied: 'partial', missing, staleForMs };
}

function entryToWire(id: number, entry: Entry, maxValueBytes: number): Response {
  checkValueLength(entry.value.length, maxValueBytes);
  const response = emptyResponse(id);
  response.value = asBuffer(entry.value);
  response.version = entry.version;
  response.ttlMs = ttlToWire(entry.ttlMs);
  return response;
}

/** Rounded down, so that no copy outlives its entry, but never to 0, which says the opposite; beyond 2^53 - 1 it is endless. */
export function ttlToWire(ttlMs: number): number {
  return ttlMs > Number.MAX_SAFE_INTEGER ? 0 : Math.max(1, Math.floor(ttlMs));
}

function ttlFromWire(ttlMs: number): number {
  return ttlMs === 0 ? Number.POSITIVE_INFINITY : ttlMs;
}

function lifeToWire(ttlMs: number | undefined): number {
  if (ttlMs === undefined) return 0;
  if (!(ttlMs > 0)) throw new CacheError('invalid_argument', `ttlMs must be 0 or more, got ${ttlMs}`);
  return Math.min(Math.max(1, Math.floor(ttlMs)), ENDLESS_MS);
}

function timeoutToWire(timeoutMs: number): number {
  return Math.min(Math.max(1, Math.ceil(timeoutMs)), MAX_UINT32);
}
