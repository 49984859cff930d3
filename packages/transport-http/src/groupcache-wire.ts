// golang/groupcache's own wire: GET {base}{group}/{key}, answered by a protobuf GetResponse. Its server takes every method
// for a GET, so this one does too. It is how members ask each other there, so a request is served and never sent on, whichever
// member owns the key: nobody there knows what it is not to be the owner.

import { CacheError, type groupOf } from '@ringcache/cache-core';
import { groupcachepb } from '@ringcache/proto';

import { type Handler, respond } from './request-context.js';

const CONTENT_TYPE = 'application/x-protobuf';
const VALUE_TAG = 0x0a; // field 1, length-delimited
const VARINT_BITS = 7;
const VARINT_MORE = 0x80;

export const groupcacheHandler: Handler = {
  allow: [],
  async handle(context, route) {
    const answer = await groupNamed(context.node, route.group).serveAnyone(route.key, context.call);
    const body = encodeGetResponse(answer.value);
    const headers = ['Content-Type', CONTENT_TYPE, 'Content-Length', String(body.byteLength)];
    respond(context, 200, headers, body);
  },
};

/** As {@link groupOf}, in the words that Go processes know. */
function groupNamed(node: Parameters<typeof groupOf>[0], name: string) {
  const group = node.groups.get(name);
  if (group !== undefined) return group;
  throw new CacheError('no_such_group', `no such group: ${name}`);
}

/**
 * By hand: proto2 tells an empty value from none, and golang/groupcache always sends one (`0a 00`); ts-proto's encoder
 * leaves an empty one out.
 */
export function encodeGetResponse(value: Uint8Array): Buffer {
  const head = [VALUE_TAG];
  let rest = value.byteLength;
  for (; rest >= VARINT_MORE; rest >>>= VARINT_BITS) head.push((rest & (VARINT_MORE - 1)) | VARINT_MORE);
  head.push(rest);
  const message = Buffer.allocUnsafe(head.length + value.byteLength);
  message.set(head);
  message.set(value, head.length);
  return message;
}

/** @throws {CacheError} `unavailable`: whoever answered speaks something else. */
export function decodeGetResponse(message: Uint8Array, contentType: string | undefined): Uint8Array {
  // A page of HTML can be read as protobuf, with nothing in it: that would be an empty value.
  if (contentType !== CONTENT_TYPE) throw new CacheError('unavailable', `no groupcache answers with ${contentType}`);
  try {
    return groupcachepb.GetResponse.decode(message).value ?? new Uint8Array(0);
  } catch (cause) {
    throw new CacheError('unavailable', 'a malformed GetResponse', { cause });
  }
}
