// The views and grants that members exchange, to bytes and back, as the rest of a pipe's messages (pipe-encode.ts,
// pipe-decode.ts) and for one reason more: the generated code would make as many objects of a message as it has bytes for.
// What comes out has the right types and lengths, no more; cache-core's own readers say whether it makes sense.

import { MAX_VIEW_MEMBERS } from '@ringcache/cache-core';
import type { membership } from '@ringcache/proto';

import { at, FIXED64, LENGTH, readTag, VARINT, type WireReader } from './wire-reader.js';
import type { WireWriter } from './wire-writer.js';

/** What a request and its reply have in common, with the same numbers of fields. */
type Status = Omit<membership.ExchangeReply, 'isGranted'>;

const MESSAGE_BYTES = 6; // tag and length of a message or a string, at most
const MEMBER_NUMBERS_BYTES = 5 * MESSAGE_BYTES + 9; // its own tag and length, those of four strings, and a weight
const EXCHANGE_NUMBERS_BYTES = 15 * MESSAGE_BYTES + 9; // likewise, with its view's
const STATUS_FIELDS_BYTES = 32; // of the numbers, as they mostly are

/** At most: a string takes up to three bytes for each of its units. */
export function exchangeBytes(exchange: Status & { cluster?: string; to?: string; hashing?: string }): number {
  const { from, viewId, view, hears, cluster = '', to = '', hashing = '' } = exchange;
  let bytes =
    3 * (viewId.length + cluster.length + to.length + hashing.length) + EXCHANGE_NUMBERS_BYTES + namesBytes(hears);
  if (from !== undefined) bytes += memberBytes(from);
  if (view === undefined) return bytes;
  for (const members of [view.members, view.before]) for (const member of members) bytes += memberBytes(member);
  return bytes + 3 * (view.id.length + view.lineage.length);
}

function memberBytes({ id, grpc, http, incarnation }: membership.ViewMember): number {
  return 3 * (id.length + grpc.length + http.length + incarnation.length) + MEMBER_NUMBERS_BYTES;
}

function namesBytes(names: readonly string[]): number {
  let bytes = 0;
  for (const name of names) bytes += 3 * name.length + MESSAGE_BYTES;
  return bytes;
}

/** Into a writer that has room for {@link exchangeBytes}. */
export function writeExchangeRequest(writer: WireWriter, field: number, request: membership.ExchangeRequest): void {
  const open = writer.open(field, likelyBytes(request));
  writeStatus(writer, request);
  writer.text(9, request.cluster);
  writer.text(10, request.to);
  writer.text(11, request.hashing);
  writer.close(open);
}

/** Into a writer that has room for {@link exchangeBytes}. */
export function writeExchangeReply(writer: WireWriter, field: number, reply: membership.ExchangeReply): void {
  const open = writer.open(field, likelyBytes(reply));
  writeStatus(writer, reply);
  writeFlag(writer, 9, reply.isGranted);
  writer.close(open);
}

/** With no view, which is how most of them are: the length decides how much room is left for itself. */
function likelyBytes({ from, viewId, hears }: Status): number {
  return viewId.length + (from?.id.length ?? 0) + hears.length * (hears[0]?.length ?? 0) + STATUS_FIELDS_BYTES;
}

function writeStatus(writer: WireWriter, status: Status): void {
  if (status.from !== undefined) writeMember(writer, 1, status.from);
  writer.text(2, status.viewId);
  if (status.view !== undefined) writeView(writer, 3, status.view);
  writeFlag(writer, 4, status.isActive);
  for (const key of status.hears) writer.repeatedText(5, key);
  writeFlag(writer, 6, status.isSettled);
  writeFlag(writer, 7, status.isLeaving);
  writeFlag(writer, 8, status.isGone);
}

function writeView(writer: WireWriter, field: number, view: membership.View): void {
  const open = writer.open(field, view.id.length + view.lineage.length);
  writer.text(1, view.id);
  writer.text(2, view.lineage);
  writer.uint64(3, view.number);
  for (const member of view.members) writeMember(writer, 4, member);
  for (const member of view.before) writeMember(writer, 5, member);
  writeFlag(writer, 6, view.armed);
  writer.close(open);
}

function writeMember(writer: WireWriter, field: number, member: membership.ViewMember): void {
  const { id, grpc, http, weight, incarnation } = member;
  const open = writer.open(field, id.length + grpc.length + http.length + incarnation.length);
  writer.text(1, id);
  writer.text(2, grpc);
  writer.text(3, http);
  writer.double(4, weight);
  writer.text(5, incarnation);
  writer.close(open);
}

function writeFlag(writer: WireWriter, field: number, flag: boolean): void {
  writer.uint32(field, flag ? 1 : 0);
}

/** Reads the contents of a field. @throws {RangeError} they are no such message, or have more members than a view can have. */
export function readExchangeRequest(reader: WireReader): membership.ExchangeRequest {
  const request: membership.ExchangeRequest = { ...emptyStatus(), cluster: '', to: '', hashing: '' };
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(9, LENGTH)) request.cluster = reader.text();
    else if (tag === at(10, LENGTH)) request.to = reader.text();
    else if (tag === at(11, LENGTH)) request.hashing = reader.text();
    else readStatusField(reader, tag, request);
  }
  reader.leave(outer);
  return request;
}

/** Reads the contents of a field. @throws {RangeError} as with {@link readExchangeRequest}. */
export function readExchangeReply(reader: WireReader): membership.ExchangeReply {
  const reply: membership.ExchangeReply = { ...emptyStatus(), isGranted: false };
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(9, VARINT)) reply.isGranted = readFlag(reader);
    else readStatusField(reader, tag, reply);
  }
  reader.leave(outer);
  return reply;
}

function emptyStatus(): Status {
  const flags = { isActive: false, isSettled: false, isLeaving: false, isGone: false };
  return { from: undefined, viewId: '', view: undefined, hears: [], ...flags };
}

function readStatusField(reader: WireReader, tag: number, status: Status): void {
  if (tag === at(1, LENGTH)) status.from = readMember(reader);
  else if (tag === at(2, LENGTH)) status.viewId = reader.text();
  else if (tag === at(3, LENGTH)) status.view = readView(reader);
  else if (tag === at(4, VARINT)) status.isActive = readFlag(reader);
  else if (tag === at(5, LENGTH)) add(status.hears, reader.text());
  else if (tag === at(6, VARINT)) status.isSettled = readFlag(reader);
  else if (tag === at(7, VARINT)) status.isLeaving = readFlag(reader);
  else if (tag === at(8, VARINT)) status.isGone = readFlag(reader);
  else reader.skip(tag & 7);
}

function readView(reader: WireReader): membership.View {
  const view: membership.View = { id: '', lineage: '', number: 0, members: [], before: [], armed: false };
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, LENGTH)) view.id = reader.text();
    else if (tag === at(2, LENGTH)) view.lineage = reader.text();
    else if (tag === at(3, VARINT)) view.number = reader.uint64();
    else if (tag === at(4, LENGTH)) add(view.members, readMember(reader));
    else if (tag === at(5, LENGTH)) add(view.before, readMember(reader));
    else if (tag === at(6, VARINT)) view.armed = readFlag(reader);
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return view;
}

function readMember(reader: WireReader): membership.ViewMember {
  const member = { id: '', grpc: '', http: '', weight: 0, incarnation: '' };
  const outer = reader.enter();
  while (reader.at < reader.end) {
    const tag = readTag(reader);
    if (tag === at(1, LENGTH)) member.id = reader.text();
    else if (tag === at(2, LENGTH)) member.grpc = reader.text();
    else if (tag === at(3, LENGTH)) member.http = reader.text();
    else if (tag === at(4, FIXED64)) member.weight = reader.double();
    else if (tag === at(5, LENGTH)) member.incarnation = reader.text();
    else reader.skip(tag & 7);
  }
  reader.leave(outer);
  return member;
}

function readFlag(reader: WireReader): boolean {
  return reader.uint32() !== 0;
}

// While reading: an empty member takes two bytes on the wire, and a hundred times that once it is an object.
function add<T>(list: T[], entry: T): void {
  if (list.length >= MAX_VIEW_MEMBERS) throw new RangeError(`more than ${MAX_VIEW_MEMBERS} members in one list`);
  list.push(entry);
}
