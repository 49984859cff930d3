import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { Caller } from '@ringcache/cache-core';

import { callerCertificate } from './caller-certificate.js';

/** Metadata that carries a token: `Bearer …`. */
export const AUTHORIZATION_METADATA = 'authorization';
const BEARER = /^Bearer +(\S+)$/i;

/** Who calls. Cost: some 50 µs where there is a certificate; so it is found once for a stream. */
export function callerOf(
  call: Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext' | 'getPeer'> & { metadata: Metadata },
): Caller {
  const [authorization] = call.metadata.get(AUTHORIZATION_METADATA);
  const token = typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
  return { address: hostOf(call.getPeer()), token, certificate: callerCertificate(call) };
}

/** grpc-js says `host:port`, an IPv6 address with no brackets; or `unknown`. */
function hostOf(peer: string): string {
  const colon = peer.lastIndexOf(':');
  return colon === -1 ? '' : peer.slice(0, colon);
}
