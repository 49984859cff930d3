// Messages of a pipe from bytes, by hand: the generated code makes strings of keys that nobody may need as strings, and objects
// that live for one look. Tests hold this against the generated code, message for message. Fields and types that are not known
// are passed over, as they should be.

import { CacheError } from '@ringcache/cache-core';
import { type membership, pipe } from '@ringcache/proto';

import { readExchangeReply, readExchangeRequest } from './exchange-codec.js';
import { asBytes, type Request } from './pipe-codec.js';
import { at, LENGTH, readTag, VARINT, WireReader } from './wire-reader.js';

const NO_BYTES = Buffer.alloc(0);
const NOBODY: string[] = [];
const MAX_MEMBERS = 65_536; // as a ring has

/** A request as it arrives: its key stays bytes of the message until somebody wants a string. */
export class ReceivedRequest implements Request {
  id = 0;
  op: pipe.Op = pipe.Op.UNSPECIFIED;
  group = '';
  /** Where the key lies, in UTF-8. */
  message: Buffer = NO_BYTES;
  keyStart = 0;
  keyEnd = 0;
  value: Buffer = NO_BYTES;
  ttlMs = 0;
  timeoutMs = 0;
  requestId = '';
  version = 0;
  exchange: membership.ExchangeRequest | undefined;
  traceParent = '';
  traceState = '';
  keepOwned = false;
  #key: string | undefined;

  get key(): string {
    this.#key ??= textOf(this.message, this.keyStart, this.keyEnd);
    return this.#key;
  }

  /**
   * Holds on to nothing of its message, but the value of a set.
   * @throws {CacheError} `invalid_argument`: the key is no UTF-8.
   */
  detach(): void {
    this.#key = this.key;
    this.message = NO_BYTES;
    if (this.op !== pipe.Op.SET) this.value = NO_BYTES;
  }

  /** Is as a new one. */
  reset(): void {
    this.id = 0;
    this.group = '';
    this.message = NO_BYTES;
    this.op = pipe.Op.UNSPECIFIED;
    this.keyStart = 0;
    this.keyEnd = 0;
    this.value = NO_BYTES;
    this.ttlMs = 0;
    this.timeoutMs = 0;
    this.requestId = '';
    this.version = 0;
    this.exchange = undefined;
    this.traceParent = '';
    this.traceState = '';
    this.keepOwned = false;
    this.#key = undefined;
  }
}

/** A response as it arrives: its value stays bytes of the message until somebody takes it. */
export class ReceivedResponse {
  id = 0;
  error: pipe.Error | undefined;
  message: Uint8Array = NO_BYTES;
  valueStart = 0;
  valueEnd = 0;
  version = 0;
  ttlMs = 0;
  source: pipe.Source = pipe.Source.UNSPECIFIED;
  servedBy = '';
  absent = false;
  missing: string[] = NOBODY;
  staleForMs = 0;
  exchange: membership.ExchangeReply | undefined;

  /** The value in memory of its own: a view would keep the message alive for as long as somebody keeps the value. */
  takeValue(): Uint8Array {
    return this.message.slice(this.valueStart, this.valueEnd);
  }

  /** Is as a new one. */
  reset(): void {
    this.id = 0;
    this.error = undefined;
    this.message = NO_BYTES;
    this.valueStart = 0;
    this.valueEnd = 0;
    this.version = 0;
    this.ttlMs = 0;
    this.source = pipe.Source.UNSPECIFIED;
    this.servedBy = '';
    this.absent = false;
    this.missing = NOBODY;
    this.staleForMs = 0;
    this.exchange = undefined;
  }
}

/** The protocol that a message names; 0: none. @throws {Error} the bytes are no message. */
export function protocolOf(bytes: Buffer): number {
  const reader = new WireReader(bytes);
  let protocol = 0;
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, VARINT)) protocol = reader.uint32();
    else reader.skip(tag & 7);
  }
  return protocol;
}

/**
 * Reads the requests of a message, one after the other.
 * @param begin takes a request; `true`: it keeps it. Else the object is the next one's, too.
 * @returns how many there were.
 * @throws {Error} the bytes are no such message, or one with more than `maxEntries` requests; those before were begun.
 */
export function readRequests(bytes: Buffer, maxEntries: number, begin: (request: ReceivedRequest) => boolean): number {
  const reader = new WireReader(bytes);
  let request = new ReceivedRequest();
  let group = '';
  let entries = 0;
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag !== at(2, LENGTH)) {
      reader.skip(tag & 7);
      continue;
    }
    checkRoom(entries++, maxEntries);
    readRequest(reader, request, group);
    group = request.group;
    if (begin(request)) request = new ReceivedRequest();
    else request.reset();
  }
  return entries;
}

/**
 * Reads the responses of a message, one after the other.
 * @param each looks at a response: the object is the next one's, too.
 * @returns the fingerprint of the ring; '': as it was.
 * @throws {Error} the bytes are no such message, or one with more than `maxEntries` responses; those before were taken.
 */
export function readResponses(bytes: Buffer, maxEntries: number, each: (response: ReceivedResponse) => void): string {
  const reader = new WireReader(bytes);
  const message = asBytes(bytes);
  const response = new ReceivedResponse();
  let ring = '';
  let servedBy = '';
  for (let entries = 0; reader.at < reader.end; ) {
    const tag = readTag(reader);
    if (tag === at(3, LENGTH)) {
      checkRoom(entries++, maxEntries);
      response.reset();
      readResponse(reader, message, response, servedBy);
      servedBy = response.servedBy;
      each(response);
    } else if (tag === at(2, LENGTH)) ring = reader.text();
    else reader.skip(tag & 7);
  }
  return ring;
}

function readRequest(reader: WireReader, request: ReceivedRequest, likelyGroup: string): void {
  request.message = reader.bytes;
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, VARINT)) request.id = reader.uint32();
    else if (tag === at(2, VARINT))
      request.op = reader.uint32() as pipe.Op; // any number: what is none is refused where it is used
    else if (tag === at(3, LENGTH)) request.group = reader.textLike(likelyGroup);
    else if (tag === at(4, LENGTH)) {
      request.keyStart = reader.span();
      request.keyEnd = reader.at;
    } else if (tag === at(5, LENGTH)) request.value = reader.view();
    else if (tag === at(6, VARINT)) request.ttlMs = reader.uint64();
    else if (tag === at(7, VARINT)) request.timeoutMs = reader.uint32();
    else if (tag === at(8, LENGTH)) request.requestId = reader.text();
    else if (tag === at(9, VARINT)) request.version = reader.uint64();
    else if (tag === at(10, LENGTH)) request.exchange = readExchangeRequest(reader);
    else if (tag === at(11, LENGTH)) request.traceParent = reader.text();
    else if (tag === at(12, LENGTH)) request.traceState = reader.text();
    else if (tag === at(13, VARINT)) request.keepOwned = reader.uint32() !== 0;
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
}

function readResponse(
  reader: WireReader,
  message: Uint8Array,
  response: ReceivedResponse,
  likelyServedBy: string,
): void {
  response.message = message;
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, VARINT)) response.id = reader.uint32();
    else if (tag === at(2, LENGTH)) response.error = readError(reader);
    else if (tag === at(3, LENGTH)) {
      response.valueStart = reader.span();
      response.valueEnd = reader.at;
    } else if (tag === at(4, VARINT)) response.version = reader.uint64();
    else if (tag === at(5, VARINT)) response.ttlMs = reader.uint64();
    else if (tag === at(6, VARINT)) response.source = reader.uint32() as pipe.Source;
    else if (tag === at(7, LENGTH)) response.servedBy = reader.textLike(likelyServedBy);
    else if (tag === at(8, VARINT)) response.absent = reader.uint32() !== 0;
    else if (tag === at(9, LENGTH)) response.missing = more(response.missing, reader.text());
    else if (tag === at(10, VARINT)) response.staleForMs = reader.uint64();
    else if (tag === at(11, LENGTH)) response.exchange = readExchangeReply(reader);
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
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

/** @throws {CacheError} `invalid_argument`: it is no UTF-8, of which several would be one text. */
function textOf(message: Buffer, start: number, end: number): string {
  const text = message.toString('utf8', start, end);
  if (!text.includes('\ufffd') || Buffer.from(text).equals(message.subarray(start, end))) return text;
  throw new CacheError('invalid_argument', 'key is no UTF-8');
}

/** Beside those that are there; what an empty message shares is not touched. @throws {RangeError} they are too many. */
function more(some: string[], another: string): string[] {
  if (some.length === 0) return [another];
  if (some.length === MAX_MEMBERS) throw new RangeError(`more than ${MAX_MEMBERS} members in one answer`);
  some.push(another);
  return some;
}

// While decoding: an empty entry takes two bytes on the wire, and a hundred times that once it is an object.
function checkRoom(entries: number, maxEntries: number): void {
  if (entries >= maxEntries) throw new RangeError(`more than ${maxEntries} entries in one message`);
}
