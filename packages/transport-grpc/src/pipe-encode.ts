// Entries of a pipe's messages to bytes, by hand: the generated code makes a writer for each entry, and copies values twice.
// Here each is written front to back into the Buffer of its message, a value straight from where it is held. Tests hold this
// against the generated code, message for message.

import type { HeldEntry } from '@ringcache/cache-core';

import { exchangeBytes, writeExchangeReply, writeExchangeRequest } from './exchange-codec.js';
import type { Request, Response } from './pipe-codec.js';
import { SOURCE_TO_WIRE, ttlToWire } from './wire.js';
import type { WireWriter } from './wire-writer.js';

const NUMBERS_BYTES = 72; // of an entry: tags, lengths and numbers at their longest, strings and bytes apart
const SHORT_NUMBERS_BYTES = 16; // and as they mostly are
const TRACE_NUMBERS_BYTES = 12;
const ERROR_NUMBERS_BYTES = 32;

/** What a message begins with. @param protocol 0: not said again. */
export function writeRequestsHead(writer: WireWriter, protocol: number): void {
  writer.uint32(1, protocol);
}

/** {@link writeRequestsHead}. @param ring '': as it was. */
export function writeResponsesHead(writer: WireWriter, protocol: number, ring: string): void {
  writer.reserve(3 * ring.length + NUMBERS_BYTES);
  writer.uint32(1, protocol);
  writer.text(2, ring);
}

/** Into a writer that has room for {@link requestBytes}. */
export function writeRequest(writer: WireWriter, request: Request): void {
  const { value, key, group, traceParent } = request;
  const open = writer.open(2, value.length + key.length + group.length + traceParent.length + SHORT_NUMBERS_BYTES);
  writeRequestFields(writer, request);
  writer.close(open);
}

/** Into a writer that has room for {@link responseBytes}. */
export function writeResponse(writer: WireWriter, response: Response): void {
  const open = writer.open(3, response.value.length + response.servedBy.length + SHORT_NUMBERS_BYTES);
  writeResponseFields(writer, response);
  writer.close(open);
}

/** What {@link writeResponse} would write of the entry, into a writer that has room for {@link heldBytes}. */
export function writeHeld(writer: WireWriter, id: number, held: HeldEntry): void {
  const { valueLength, servedBy } = held;
  const open = writer.open(3, valueLength + servedBy.length + SHORT_NUMBERS_BYTES);
  writer.uint32(1, id);
  if (valueLength > 0) {
    const at = writer.space(3, valueLength);
    held.copyValue(writer.target, at);
  }
  writer.uint64(4, held.version);
  writer.uint64(5, ttlToWire(held.ttlMs));
  writer.uint32(6, SOURCE_TO_WIRE[held.source]);
  writer.text(7, servedBy);
  writer.close(open);
}

/** At most: a string takes up to three bytes for each of its units. */
export function requestBytes(request: Request): number {
  const { group, key, requestId, value, exchange, traceParent, traceState } = request;
  const texts = group.length + key.length + requestId.length;
  const trace = traceParent.length + traceState.length;
  const rare =
    (exchange === undefined ? 0 : exchangeBytes(exchange)) + (trace === 0 ? 0 : 3 * trace + TRACE_NUMBERS_BYTES);
  return 3 * texts + value.length + rare + NUMBERS_BYTES;
}

/** Likewise. */
export function responseBytes({ value, error, servedBy, missing, exchange }: Response): number {
  let bytes = value.length + 3 * servedBy.length + NUMBERS_BYTES;
  if (error !== undefined) bytes += 3 * (error.code.length + error.message.length) + ERROR_NUMBERS_BYTES;
  for (const id of missing) bytes += 3 * id.length + 6;
  return exchange === undefined ? bytes : bytes + exchangeBytes(exchange);
}

/** Likewise. */
export function heldBytes({ valueLength, servedBy }: HeldEntry): number {
  return valueLength + 3 * servedBy.length + NUMBERS_BYTES;
}

function writeRequestFields(writer: WireWriter, request: Request): void {
  writer.uint32(1, request.id);
  writer.uint32(2, request.op);
  writer.text(3, request.group);
  writer.text(4, request.key);
  writer.bytes(5, request.value);
  writer.uint64(6, request.ttlMs);
  writer.uint32(7, request.timeoutMs);
  writer.text(8, request.requestId);
  writer.uint64(9, request.version);
  if (request.exchange !== undefined) writeExchangeRequest(writer, 10, request.exchange);
  writer.text(11, request.traceParent);
  writer.text(12, request.traceState);
  writer.uint32(13, request.keepOwned ? 1 : 0);
}

function writeResponseFields(writer: WireWriter, response: Response): void {
  writer.uint32(1, response.id);
  if (response.error !== undefined) {
    const { code, message, retryAfterMs } = response.error;
    const open = writer.open(2, code.length + message.length);
    writer.text(1, code);
    writer.text(2, message);
    writer.uint32(3, retryAfterMs);
    writer.close(open);
  }
  writer.bytes(3, response.value);
  writer.uint64(4, response.version);
  writer.uint64(5, response.ttlMs);
  writer.uint32(6, response.source);
  writer.text(7, response.servedBy);
  writer.uint32(8, response.absent ? 1 : 0);
  for (const id of response.missing) writer.repeatedText(9, id);
  writer.uint64(10, response.staleForMs);
  if (response.exchange !== undefined) writeExchangeReply(writer, 11, response.exchange);
}
