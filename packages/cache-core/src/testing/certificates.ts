// For tests alone: the keys are public. certificates/README.md tells what each is for.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type CertificateName = 'member' | 'renewed' | 'client' | 'elsewhere' | 'expired' | 'stranger';

const CERTIFICATES_DIR = fileURLToPath(new URL('./certificates/', import.meta.url));

/** The authority that signed all but the stranger's. */
export const testCa: string = pem('ca');
export const strangersCa: string = pem('strangers-ca');

/** PEM. */
export interface TestTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A certificate, its key, and the authority to trust. */
export function testTls(name: CertificateName): TestTls {
  return { cert: pem(name), key: pem(`${name}-key`), ca: testCa };
}

/** The same as paths of files. */
export function testTlsFiles(name: CertificateName): TestTls {
  const path = (file: string) => `${CERTIFICATES_DIR}${file}.pem`;
  return { cert: path(name), key: path(`${name}-key`), ca: path('ca') };
}

function pem(name: string): string {
  return readFileSync(`${CERTIFICATES_DIR}${name}.pem`, 'utf8');
}

/** A source of TLS material that changes when the test says so. */
export class ChangingTls {
  readonly #listeners = new Set<(material: TestTls) => void>();
  #material: TestTls;

  constructor(material: TestTls) {
    this.#material = material;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  current(): TestTls {
    return this.#material;
  }

  onChange(listener: (material: TestTls) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(material: TestTls): void {
    this.#material = material;
    for (const listener of this.#listeners) listener(material);
  }
}
