// Administration from another machine needs a door that can tell who asks: whoever reaches the port could else end the node,
// read its configuration and its hottest keys. From this machine it is open, as a terminal on it is.

import type { Caller } from './contracts.js';
import { CacheError } from './errors.js';

/** In words for whoever was refused: what would let it in. */
export const REMOTE_ADMIN_REFUSED =
  'administration is open to this machine alone, as nothing here tells who asks from elsewhere: give the member access.tokens ' +
  'with one of role admin, or a peerToken, or TLS with a ca and certificates of clients';

/** @throws {CacheError} `permission_denied`: the caller is elsewhere, or cannot be told. */
export function refuseRemoteAdmin({ address }: Caller): void {
  if (!isLoopbackAddress(address)) throw new CacheError('permission_denied', REMOTE_ADMIN_REFUSED);
}

/** @param address an IP address, as a socket tells it; one that is none is not of this machine. */
export function isLoopbackAddress(address: string): boolean {
  const v4 = address.replace(/^::ffff:/i, '');
  return address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(v4);
}
