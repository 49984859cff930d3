// Whom a call between members is meant for. Addresses are given away and taken again: behind the one where a member was there
// can be another process under its id, another member, or one of another cluster. None of them must be taken for it, as a grant
// of theirs, or their word that a copy is dropped, says nothing. So each stream and call of Peer names the member that is meant,
// and any other process refuses it.

import type { handleUnaryCall, Metadata } from '@grpc/grpc-js';
import { CacheError, type CacheNode, keyOf, type ViewMember } from '@ringcache/cache-core';

import { type EndedWith, misdirectedError } from './codes.js';

export const CLUSTER_METADATA = 'ringcache-cluster';
export const TO_METADATA = 'ringcache-to';

/** A member as whoever calls it knows it. */
export interface Addressee {
  readonly cluster: string;
  /** Its key; with an empty incarnation: whichever process has the id. */
  readonly to: string;
}

export function addresseeOf(cluster: string, member: ViewMember): Addressee {
  return { cluster, to: keyOf(member) };
}

export function addAddressee(metadata: Metadata, { cluster, to }: Addressee): void {
  metadata.set(CLUSTER_METADATA, metadataText(cluster));
  metadata.set(TO_METADATA, metadataText(to));
}

/** Returns what a stream or call is to end with that is not meant for this process; undefined: it is. */
export function misdirected({ peers }: CacheNode, metadata: Metadata): EndedWith | undefined {
  try {
    peers.checkAddressee(textIn(metadata, CLUSTER_METADATA), textIn(metadata, TO_METADATA));
    return undefined;
  } catch (error) {
    return misdirectedError(CacheError.from(error));
  }
}

/** Has a handler called only with what is meant for this process. */
export function addressed<Request, Response>(
  node: CacheNode,
  handle: handleUnaryCall<Request, Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const refusal = misdirected(node, call.metadata);
    if (refusal === undefined) handle(call, callback);
    else callback(refusal);
  };
}

function textIn(metadata: Metadata, name: string): string {
  const [text, ...more] = metadata.get(name);
  if (typeof text !== 'string' || text === '' || more.length > 0) {
    const names = `${CLUSTER_METADATA} and ${TO_METADATA}`;
    throw new CacheError(
      'unavailable',
      `a call between members must say whom it is meant for: ${names} in its metadata`,
    );
  }
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new CacheError('unavailable', `${name} is not percent-encoded UTF-8`, { cause });
  }
}

const PLAIN = /^[\x21-\x24\x26-\x7e]*$/; // visible, and no percent sign: what decoding leaves as it is

/** An id is any text, and so is the name of a cluster; metadata is not. */
function metadataText(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent((text as string & { toWellFormed(): string }).toWellFormed());
}
