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
  readonly #open = new Map<string, number[]>(); // by node and key: when those in flight began
  mode: 'well' | 'slow' | 'failing' | 'hanging' = 'well';
  loads = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  version(key: string): number {
    return this.#versions.get(key) ?? 0;
  }

  update(key: string): number {
    const version = this.version(key) + 1;
    this.#versions.set(key, version);
    return version;
  }

  /** The loader of one node. `begun` hears of each load, and since when another of that key is in flight at that node. */
  loader(node: string, begun: (key: string, others: readonly number[]) => void): Loader {
    return async (key, { signal }) => {
      this.loads++;
      const name = `${node} ${key}`;
      const open = this.#open.get(name) ?? [];
      begun(key, open);
      const since = this.#clock.now();
      this.#open.set(name, [...open, since]);
      try {
        return await this.#read(key, signal);
      } finally {
        const left = [...(this.#open.get(name) ?? [])];
        left.splice(left.indexOf(since), 1);
        this.#open.set(name, left);
      }
    };
  }

  async #read(key: string, signal: AbortSignal): Promise<Uint8Array> {
    const { mode } = this;
    const forMs = mode === 'slow' ? 500 + 3_000 * this.#random() : 1 + 10 * this.#random();
    const readAt = this.#random();
    await this.#wait(forMs * readAt, signal);
    if (mode === 'failing') throw new CacheError('unavailable', 'the database is down');
    if (mode === 'hanging') await this.#wait(Number.POSITIVE_INFINITY, signal);
    const value = Buffer.from(`${key}:${this.version(key)}`);
    await this.#wait(forMs * (1 - readAt), signal);
    return value;
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
