// What a member leaves open to whoever can reach it. Nothing, on loopback, is taken for intended; elsewhere it is said aloud
// or refused: a cache that is open to its network is read, filled and emptied by it.

import { isIPv4 } from 'node:net';
import { CacheError } from '@ringcache/cache-core';

export interface ExposureOptions {
  readonly grpc?: string | undefined;
  readonly http?: string | undefined;
  readonly listen?: { readonly grpc?: string | undefined; readonly http?: string | undefined } | undefined;
  readonly tls?: unknown;
  readonly clientAuth?: string | undefined;
  readonly door?: unknown;
  readonly peerToken?: unknown;
  readonly requireTls?: boolean | undefined;
}

/** A sentence for each thing that is open on an address other than loopback. */
export function exposures(options: ExposureOptions): string[] {
  const addresses = Object.entries({
    gRPC: options.grpc === undefined ? undefined : (options.listen?.grpc ?? options.grpc),
    HTTP: options.http === undefined ? undefined : (options.listen?.http ?? options.http),
  });
  return addresses.flatMap(([protocol, address]) =>
    address === undefined || isLoopback(address) ? [] : open(`${protocol} on ${address}`, options),
  );
}

/** @throws {CacheError} `invalid_argument` where TLS is required and something is open: what, and what to do. */
export function refuseExposure(options: ExposureOptions): void {
  const open = exposures(options);
  if (options.requireTls !== true || open.length === 0) return;
  throw new CacheError(
    'invalid_argument',
    `requireTls: ${open.join('; ')}. Give tls with ca and clientAuth required, or tls and a peerToken, or listen on loopback`,
  );
}

function open(where: string, { tls, clientAuth, door, peerToken }: ExposureOptions): string[] {
  const without =
    tls === undefined ? [`${where} is without TLS: whoever is on the way can read and change everything`] : [];
  const byCertificate = clientAuth === 'required' || (clientAuth === 'optional' && door !== undefined);
  if (byCertificate || peerToken !== undefined) return without;
  return [...without, `${where} takes anybody for a member: it can read, change and drop every entry`];
}

/** Whether an address, `host:port`, can be reached from this machine alone. A name that is not localhost cannot be told. */
function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  if (host === 'localhost' || host === '::1') return true;
  const v4 = host.replace(/^::ffff:/i, '');
  return isIPv4(v4) && v4.startsWith('127.');
}
