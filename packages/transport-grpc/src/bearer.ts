import { Metadata } from '@grpc/grpc-js';

import { AUTHORIZATION_METADATA } from './caller.js';

/** What a server knows a client by: a bearer token, or where to get one that changes. */
export type Token = string | (() => string | undefined);

/** Metadata of a call, with the token that there is now. A stream keeps the one it began with. */
export function metadataOf(token: Token | undefined): Metadata {
  const metadata = new Metadata();
  const now = typeof token === 'function' ? token() : token;
  if (now !== undefined) metadata.set(AUTHORIZATION_METADATA, `Bearer ${now}`);
  return metadata;
}
