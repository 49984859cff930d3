// Whom a request between members is meant for. Addresses are given away and taken again: behind the one where a member was there
// can be another process under its id, another member, or one of another cluster. None of them must be taken for it, as a grant
// of theirs, or their word that a copy is dropped, says nothing. So each request names the member that is meant, and any other
// process refuses it. golang/groupcache's own wire names nobody.

import type { IncomingMessage } from 'node:http';
import { CacheError, type CacheNode, keyOf, type ViewMember } from '@ringcache/cache-core';

import { headerText } from './answer-headers.js';
import { decode } from './percent.js';
import { Misdirected } from './problem.js';

export const CLUSTER_HEADER = 'Ringcache-Cluster';
export const TO_HEADER = 'Ringcache-To';

/** Flat, name after value. */
export function addresseeHeaders(cluster: string, member: ViewMember): readonly string[] {
  return [CLUSTER_HEADER, headerText(cluster), TO_HEADER, headerText(keyOf(member))];
}

/** @throws {Misdirected} the request is meant for another process, or does not say for which. */
export function checkAddressee({ headers }: IncomingMessage, { peers }: CacheNode): void {
  try {
    peers.checkAddressee(textIn(headers, CLUSTER_HEADER), textIn(headers, TO_HEADER));
  } catch (error) {
    throw new Misdirected(CacheError.from(error).message);
  }
}

function textIn(headers: IncomingMessage['headers'], name: string): string {
  const text = headers[name.toLowerCase()];
  if (typeof text === 'string' && text !== '') return decode(text);
  const names = `${CLUSTER_HEADER} and ${TO_HEADER}`;
  throw new CacheError('unavailable', `a request between members must say whom it is meant for: the headers ${names}`);
}
