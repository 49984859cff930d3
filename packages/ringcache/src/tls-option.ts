import { CacheError, type OnError } from '@ringcache/cache-core';
import type { TlsMaterial, TlsSource } from '@ringcache/transport-grpc';

import { type TlsPaths, tlsFiles } from './tls-files.js';

/** Certificate, key and authorities: paths of PEM files, which are watched; the PEM itself; or a source that changes. */
export type JoinTls = TlsMaterial | TlsSource;

export interface OpenTls {
  readonly source: TlsSource;
  close(): void;
}

/** @throws {CacheError} `invalid_argument`: files that cannot be read, paths and PEM mixed. */
export async function openTls(tls: JoinTls, onError: OnError): Promise<OpenTls> {
  if ('current' in tls) return { source: tls, close: () => {} };
  const given = [tls.cert, tls.key, tls.ca].filter((text) => text !== undefined);
  const pem = given.filter(isPem).length;
  if (pem === given.length) return { source: { current: () => tls, onChange: () => () => {} }, close: () => {} };
  if (pem > 0) throw new CacheError('invalid_argument', 'tls: cert, key and ca must be all paths, or all PEM');
  const source = await tlsFiles(tls as TlsPaths, { onError });
  return { source, close: () => source.close() };
}

function isPem(text: string | Buffer): boolean {
  return typeof text !== 'string' || text.includes('-----BEGIN ');
}
