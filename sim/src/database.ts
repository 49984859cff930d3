// The origin of the group `db`: a number a key, which rises with every update. Its faults are the world's to set.

import { CacheError, type Clock, type Loader } from '@ringcache/cache-core';

export interface LoadRecord {
  readonly node: string;
  readonly key: string;
  readonly begunAt: number;
}

export class Database {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #versions = new Map<string, number>();
  readonly #absent = new Set<string>();
  readonly #valueBytes: number;
  readonly #open = new Map<string, { readonly since: number; readonly signal: AbortSignal }[]>(); // by node and key, in flight
  mode: 'well' | 'slow' | 'failing' | 'hanging' = 'well';
  loads = 0;

  constructor(clock: Clock, random: () => number, valueBytes: number) {
    this.#valueBytes = valueBytes;
    this.#clock = clock;
    this.#random = random;
  }

  version(key: string): number {
    return this.#versions.get(key) ?? 0;
  }

  /** Undefined: the row is gone. */
  value(key: string): string | undefined {
    return this.#absent.has(key) ? undefined : padded(`${key}:${this.version(key)}`, this.#valueBytes);
  }

  /** Returns the new version. */
  update(key: string): number {
    this.#absent.delete(key);
    return this.#rise(key);
  }

  /** Removes the row; that is a version too. */
  remove(key: string): number {
    this.#absent.add(key);
    return this.#rise(key);
  }

  /** The loader of one node. `begun` hears of each load, and since when another of that key is in flight at that node. */
  loader(node: string, begun: (key: string, others: readonly number[]) => void): Loader {
    return async (key, { signal }) => {
      this.loads++;
      const name = `${node} ${key}`;
      const open = this.#open.get(name) ?? [];
      begun(
        key,
        open.filter((load) => !load.signal.aborted).map(({ since }) => since),
      );
      const load = { since: this.#clock.now(), signal };
      this.#open.set(name, [...open, load]);
      try {
        return await this.#read(key, signal);
      } finally {
        this.#open.set(
          name,
          this.#open.get(name)!.filter((other) => other !== load),
        );
      }
    };
  }

  #rise(key: string): number {
    const version = this.version(key) + 1;
    this.#versions.set(key, version);
    return version;
  }

  async #read(key: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { mode } = this;
    const forMs = mode === 'slow' ? 500 + 3_000 * this.#random() : 1 + 10 * this.#random();
    const readAt = this.#random();
    await this.#wait(forMs * readAt, signal);
    if (mode === 'failing') throw new CacheError('unavailable', 'the database is down');
    if (mode === 'hanging') await this.#wait(Number.POSITIVE_INFINITY, signal);
    const value = this.value(key);
    await this.#wait(forMs * (1 - readAt), signal);
    return value === undefined ? undefined : Buffer.from(value);
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        timer?.cancel();
        reject(signal.reason);
      });
    });
  }
}

/** Text of so many bytes at least, which ends with what counts. */
export function padded(text: string, bytes: number): string {
  return text.padStart(bytes, '.');
}
