import type { Cache } from '@ringcache/engine';

import type { Answer, Source } from './contracts.js';

/**
 * An entry where it lies, to be read at once: whatever comes next may move it or put another in its place. A hit that is
 * answered by bytes needs no more, and so no answer is made of it, and of a value in slabs no copy.
 */
export class HeldEntry implements Answer {
  readonly servedBy: string;
  version = 0;
  ttlMs = 0;
  source: Source = 'main';
  #cache: Cache | undefined;
  #slot = 0;

  /** @param servedBy id of this node. */
  constructor(servedBy: string) {
    this.servedBy = servedBy;
  }

  /** @param graceMs how long the entry is kept after it has expired. */
  pointTo(cache: Cache, slot: number, source: 'main' | 'hot', graceMs: number): this {
    this.#cache = cache;
    this.#slot = slot;
    this.source = source;
    this.version = cache.versionAt(slot);
    this.ttlMs = cache.ttlAt(slot) - graceMs;
    return this;
  }

  /** Out of slabs a copy. */
  get value(): Uint8Array {
    return this.#cache!.valueAt(this.#slot);
  }

  /** What is held is that the origin has no such key. */
  get isAbsent(): boolean {
    return this.#cache!.isAbsentAt(this.#slot);
  }

  get valueLength(): number {
    return this.#cache!.lengthAt(this.#slot);
  }

  /** To where it is wanted, which must have room for it. */
  copyValue(target: Uint8Array, at: number): void {
    this.#cache!.copyValue(this.#slot, target, at);
  }
}
