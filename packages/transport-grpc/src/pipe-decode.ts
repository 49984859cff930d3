// Messages of a pipe from bytes, by hand: the generated code makes strings of keys that nobody may need as strings. Tests hold
// this against the generated code, message for message. Fields and types that are not known are passed over, as they should be.

import type { Member } from '@ringcache/cache-core';
import { pipe } from '@ringcache/proto';

import { emptyResponse, type Request, type Response } from './pipe-codec.js';
import { FIXED64, LENGTH, VARINT, WireReader } from './wire-reader.js';

const NO_BYTES = Buffer.alloc(0);

/** A request as it arrives: its key stays bytes until somebody wants a string. */
export class ReceivedRequest implements Request {
  id = 0;
  op: pipe.Op = pipe.Op.UNSPECIFIED;
  group = '';
  /** In UTF-8; a view on the message. */
  keyBytes: Buffer = NO_BYTES;
  value: Buffer = NO_BYTES;
  ttlMs = 0;
  timeoutMs = 0;
  requestId = '';
  version = 0;
  member: Member | undefined;
  ring = '';
  #key: string | undefined;

  get key(): string {
    this.#key ??= this.keyBytes.toString();
    return this.#key;
  }
}

export interface ReceivedRequests {
  readonly protocol: number;
  readonly requests: ReceivedRequest[];
}

/** @throws {Error} the bytes are no such message, or one with more than `maxEntries` requests. */
export function decodeRequests(bytes: Buffer, maxEntries: number): ReceivedRequests {
  const reader = new WireReader(bytes);
  const requests: ReceivedRequest[] = [];
  let protocol = 0;
  let group = '';
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(2, LENGTH)) {
      checkRoom(requests.length, maxEntries);
      const request = readRequest(reader, group);
      group = request.group;
      requests.push(request);
    } else if (tag === at(1, VARINT)) protocol = reader.uint32();
    else reader.skip(tag & 7);
  }
  return { protocol, requests };
}

/** @throws {Error} the bytes are no such message, or one with more than `maxEntries` responses. */
export function decodeResponses(bytes: Buffer, maxEntries: number): pipe.Responses {
  const reader = new WireReader(bytes);
  const responses: Response[] = [];
  let protocol = 0;
  let ring = '';
  let servedBy = '';
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(3, LENGTH)) {
      checkRoom(responses.length, maxEntries);
      const response = readResponse(reader, servedBy);
      servedBy = response.servedBy;
      responses.push(response);
    } else if (tag === at(2, LENGTH)) ring = reader.text();
    else if (tag === at(1, VARINT)) protocol = reader.uint32();
    else reader.skip(tag & 7);
  }
  return { protocol, ring, responses };
}

function readRequest(reader: WireReader, likelyGroup: string): ReceivedRequest {
  const request = new ReceivedRequest();
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, VARINT)) request.id = reader.uint32();
    else if (tag === at(2, VARINT))
      request.op = reader.uint32() as pipe.Op; // any number: what is none is refused where it is used
    else if (tag === at(3, LENGTH)) request.group = reader.textLike(likelyGroup);
    else if (tag === at(4, LENGTH)) request.keyBytes = reader.view();
    else if (tag === at(5, LENGTH)) request.value = reader.view();
    else if (tag === at(6, VARINT)) request.ttlMs = reader.uint64();
    else if (tag === at(7, VARINT)) request.timeoutMs = reader.uint32();
    else if (tag === at(8, LENGTH)) request.requestId = reader.text();
    else if (tag === at(9, VARINT)) request.version = reader.uint64();
    else if (tag === at(10, LENGTH)) request.member = readMember(reader);
    else if (tag === at(11, LENGTH)) request.ring = reader.text();
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return request;
}

function readResponse(reader: WireReader, likelyServedBy: string): Response {
  const response = emptyResponse(0);
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, VARINT)) response.id = reader.uint32();
    else if (tag === at(2, LENGTH)) response.error = readError(reader);
    else if (tag === at(3, LENGTH)) response.value = reader.view();
    else if (tag === at(4, VARINT)) response.version = reader.uint64();
    else if (tag === at(5, VARINT)) response.ttlMs = reader.uint64();
    else if (tag === at(6, VARINT)) response.source = reader.uint32() as pipe.Source;
    else if (tag === at(7, LENGTH)) response.servedBy = reader.textLike(likelyServedBy);
    else if (tag === at(8, VARINT)) response.absent = reader.uint32() !== 0;
    else if (tag === at(9, LENGTH)) response.missing = more(response.missing, reader.text());
    else if (tag === at(10, VARINT)) response.staleForMs = reader.uint64();
    else if (tag === at(11, LENGTH)) response.told = more(response.told, readMember(reader));
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return response;
}

function readError(reader: WireReader): pipe.Error {
  const error = { code: '', message: '', retryAfterMs: 0 };
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, LENGTH)) error.code = reader.text();
    else if (tag === at(2, LENGTH)) error.message = reader.text();
    else if (tag === at(3, VARINT)) error.retryAfterMs = reader.uint32();
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return error;
}

function readMember(reader: WireReader): Member {
  const member = { id: '', grpc: '', http: '', weight: 0 };
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, LENGTH)) member.id = reader.text();
    else if (tag === at(2, LENGTH)) member.grpc = reader.text();
    else if (tag === at(3, LENGTH)) member.http = reader.text();
    else if (tag === at(4, FIXED64)) member.weight = reader.double();
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return member;
}

/** What a field of a message begins with. */
function at(field: number, type: number): number {
  return (field << 3) | type;
}

function readTag(reader: WireReader): number {
  const tag = reader.uint32();
  if (tag >>> 3 === 0) throw new RangeError('a field has no number');
  return tag;
}

/** Beside those that are there; what an empty message shares is not touched. */
function more<T>(some: T[], another: T): T[] {
  if (some.length === 0) return [another];
  some.push(another);
  return some;
}

// While decoding: an empty entry takes two bytes on the wire, and a hundred times that once it is an object.
function checkRoom(entries: number, maxEntries: number): void {
  if (entries >= maxEntries) throw new RangeError(`more than ${maxEntries} entries in one message`);
}
