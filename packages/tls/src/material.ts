// TLS as a server and its clients take it: PEM that is given once, or a source of it that changes while they run.

import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { CacheError } from '@ringcache/cache-core';

/** Certificate, key and authorities, in PEM. A server needs the first two. */
export interface TlsMaterial {
  /** One's own certificate, then those between it and the authority. A client without one shows none. */
  readonly cert?: string | Buffer | undefined;
  /** Of `cert`, without a passphrase. */
  readonly key?: string | Buffer | undefined;
  /** Whose certificates to trust. Default: the authorities that Node.js comes with. */
  readonly ca?: string | Buffer | undefined;
}

/** Material that is replaced while connections are open: these go on, new ones take the new. */
export interface TlsSource {
  current(): TlsMaterial;
  /** @returns what ends it. The listener throws for material that it cannot take, and goes on with what it had. */
  onChange(listener: (material: TlsMaterial) => void): () => void;
}

/**
 * Whether a server asks for client certificates. `optional`: who shows none comes in, who shows one that `ca` has not
 * signed does not. `required`: nobody comes in without.
 */
export type ClientAuth = 'none' | 'optional' | 'required';

const MIN_VERSION = 'TLSv1.2'; // the first without known breaks; RFC 8996 retires those before

/** Material that never changes is a source as well. */
export function sourceOf(tls: TlsMaterial | TlsSource): TlsSource {
  return 'current' in tls ? tls : { current: () => tls, onChange: () => () => {} };
}

/** @throws {CacheError} `invalid_argument`: no PEM, a key that is not the certificate's, one without the other. */
export function clientContext(material: TlsMaterial): SecureContext {
  if ((material.cert === undefined) !== (material.key === undefined)) {
    throw new CacheError('invalid_argument', 'TLS needs cert and key together, or neither');
  }
  return check(() => {
    // Node.js takes anything for authorities, a path for one, and trusts nobody then.
    if (material.ca !== undefined) new X509Certificate(material.ca);
    return createSecureContext(contextOptions(material));
  });
}

/** At set-up, so that a mistake does not look like a member that is away. @throws as {@link clientContext}. */
export function checkTls(tls: TlsMaterial | TlsSource | undefined): void {
  if (tls !== undefined) clientContext(sourceOf(tls).current());
}

/** The context of a source's latest material, made once for each. */
export class LatestContext {
  readonly #source: TlsSource;
  readonly #stop: () => void;
  #made: SecureContext | undefined;

  constructor(source: TlsSource) {
    this.#source = source;
    this.#stop = source.onChange((material) => {
      this.#made = clientContext(material);
    });
  }

  /** @throws {CacheError} `invalid_argument`: material that is none. */
  get(): SecureContext {
    this.#made ??= clientContext(this.#source.current());
    return this.#made;
  }

  close(): void {
    this.#stop();
  }
}

/**
 * What a server makes its context of.
 * @throws {CacheError} `invalid_argument`: as {@link clientContext}; no certificate of its own; client certificates to
 * verify, and nothing to do it by.
 */
export function serverContextOptions(material: TlsMaterial, clientAuth: ClientAuth) {
  const { cert, key, ca } = material;
  if (cert === undefined || key === undefined) {
    throw new CacheError('invalid_argument', 'TLS of a server needs cert and key');
  }
  if (clientAuth !== 'none' && ca === undefined) {
    // The default authorities sign for anybody who owns a name.
    throw new CacheError('invalid_argument', `clientAuth ${clientAuth} needs ca: whose certificates are let in`);
  }
  clientContext(material); // node:tls would say less
  return contextOptions(material);
}

function contextOptions({ cert, key, ca }: TlsMaterial) {
  return {
    minVersion: MIN_VERSION,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
  } as const;
}

function check<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new CacheError('invalid_argument', `TLS: ${(error as Error).message}`, { cause: error });
  }
}
