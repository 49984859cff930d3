// PEM files that are replaced while the process runs: by certbot, cert-manager, Vault, Kubernetes. They are read again every
// few seconds and compared by content. inotify sees nothing of a symbolic link that is swapped above the file, as Kubernetes
// does it, nor anything on a network's file system; a file's time says nothing about a link to another; and they are small.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CacheError, type Clock, type OnError, systemClock, type Timer } from '@ringcache/cache-core';
import type { TlsMaterial, TlsSource } from '@ringcache/transport-grpc';

/** Paths of PEM files. */
export interface TlsPaths {
  /** The certificate, then those between it and the authority. */
  readonly cert?: string | undefined;
  /** Its key, without a passphrase. */
  readonly key?: string | undefined;
  /** Certificates of the authorities to trust. */
  readonly ca?: string | undefined;
}

export interface TlsFilesOptions {
  /** Hears of new material that was taken. */
  onReload?: ((loaded: LoadedCertificate) => void) | undefined;
  /** Hears, once each, of new material that is not taken. */
  onError?: OnError | undefined;
  /** Between looks at the files, in ms. Default 5,000. */
  intervalMs?: number | undefined;
  clock?: Clock | undefined;
}

/** What the log says of a certificate. Empty and undefined where there are only authorities. */
export interface LoadedCertificate {
  readonly subject: string;
  readonly expiresAt: Date | undefined;
}

export interface TlsFiles extends TlsSource {
  readonly certificate: LoadedCertificate;
  /**
   * Looks at the files now. True: there was something new.
   * @throws {CacheError} `invalid_argument`: what is there now cannot be used; what was loaded stays.
   */
  reload(): Promise<boolean>;
  /** Looks no more. What was loaded stays current. */
  close(): void;
}

const DEFAULT_INTERVAL_MS = 5_000;

/**
 * Reads the files, and again when they change. A key and a certificate that do not belong together are not taken: until
 * both files have been replaced, the old two stay.
 * @throws {CacheError} `invalid_argument`: they cannot be read or used.
 */
export async function tlsFiles(paths: TlsPaths, options: TlsFilesOptions = {}): Promise<TlsFiles> {
  const material = await read(paths);
  return new WatchedFiles(paths, options, material, certificateOf(material));
}

type Text = { readonly [K in keyof TlsPaths]: string };
type Listener = (material: TlsMaterial) => void;

class WatchedFiles implements TlsFiles {
  readonly #paths: TlsPaths;
  readonly #options: TlsFilesOptions;
  readonly #listeners = new Set<Listener>();
  #current: Text;
  #certificate: LoadedCertificate;
  #timer: Timer | undefined;
  #closed = false;
  #failure = ''; // of the last look
  #reported = '';

  constructor(paths: TlsPaths, options: TlsFilesOptions, current: Text, certificate: LoadedCertificate) {
    this.#paths = paths;
    this.#options = options;
    this.#current = current;
    this.#certificate = certificate;
    this.#lookLater();
  }

  get certificate(): LoadedCertificate {
    return this.#certificate;
  }

  current(): TlsMaterial {
    return this.#current;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async reload(): Promise<boolean> {
    const found = await read(this.#paths);
    if (isSame(found, this.#current)) return false;
    this.#certificate = certificateOf(found);
    this.#current = found;
    for (const listener of this.#listeners) this.#tell(listener, found);
    this.#options.onReload?.(this.#certificate);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    const clock = this.#options.clock ?? systemClock;
    if (!this.#closed)
      this.#timer = clock.setTimeout(() => this.#look(), this.#options.intervalMs ?? DEFAULT_INTERVAL_MS);
  }

  async #look(): Promise<void> {
    try {
      await this.reload();
      this.#failure = this.#reported = '';
    } catch (error) {
      this.#failed(CacheError.from(error));
    }
    this.#lookLater();
  }

  /** Two files that are replaced one after the other do not belong together for a moment: the second look counts. */
  #failed(error: CacheError): void {
    const again = this.#failure === error.message;
    this.#failure = error.message;
    if (!again || this.#reported === error.message) return;
    this.#reported = error.message;
    this.#options.onError?.(error);
  }

  #tell(listener: Listener, material: TlsMaterial): void {
    try {
      listener(material);
    } catch (error) {
      this.#options.onError?.(CacheError.from(error));
    }
  }
}

async function read(paths: TlsPaths): Promise<Text> {
  const given = Object.entries(paths).filter(([, path]) => path !== undefined) as [keyof TlsPaths, string][];
  const texts = given.map(async ([name, path]) => [name, await readPem(path)] as const);
  return Object.fromEntries(await Promise.all(texts));
}

async function readPem(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new CacheError('invalid_argument', `TLS: ${error.message}`, { cause: error }); // which names the path
  });
  if (!text.includes('-----BEGIN ')) throw new CacheError('invalid_argument', `TLS: ${path} is no PEM file`);
  return text;
}

function isSame(one: Text, other: Text): boolean {
  return one.cert === other.cert && one.key === other.key && one.ca === other.ca;
}

/** @throws {CacheError} `invalid_argument`: the material cannot be used. */
function certificateOf({ cert, key, ca }: Text): LoadedCertificate {
  if ((cert === undefined) !== (key === undefined)) {
    throw new CacheError('invalid_argument', 'TLS: cert and key go together');
  }
  try {
    for (const chain of [ca, cert]) if (chain !== undefined) parseAll(chain);
    if (cert === undefined || key === undefined) return { subject: '', expiresAt: undefined };
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key)))
      throw new Error('the key is not the one of the certificate');
    return { subject: certificate.subject, expiresAt: new Date(certificate.validTo) };
  } catch (error) {
    throw new CacheError('invalid_argument', `TLS: ${(error as Error).message}`, { cause: error });
  }
}

/** Node.js itself takes what it can read of a file of authorities, be it nothing, and trusts nobody then. */
function parseAll(chain: string): void {
  const certificates = chain.split(/(?=-----BEGIN )/).filter((text) => text.startsWith('-----BEGIN CERTIFICATE-----'));
  if (certificates.length === 0) throw new Error('a file of certificates has none');
  for (const text of certificates) new X509Certificate(text);
}
