import type { Answer } from '@ringcache/cache-core';

/** What came of the requests. Unknown keys are answers too: only `failed` are not. */
export class Tally {
  hits = 0;
  loaded = 0;
  notFound = 0;
  readonly failed = new Map<string, number>();

  answered({ source }: Answer): void {
    if (source === 'load') this.loaded++;
    else this.hits++;
  }

  failedWith(code: string): void {
    if (code === 'not_found') this.notFound++;
    else this.failed.set(code, (this.failed.get(code) ?? 0) + 1);
  }

  get failures(): number {
    let sum = 0;
    for (const count of this.failed.values()) sum += count;
    return sum;
  }

  get total(): number {
    return this.hits + this.loaded + this.notFound + this.failures;
  }

  /** Hits among the values that came, 0 to 1. */
  get hitRatio(): number {
    const values = this.hits + this.loaded;
    return values === 0 ? 0 : this.hits / values;
  }

  toJSON(): object {
    const { total, hits, loaded, notFound, failures, hitRatio } = this;
    return { total, hits, loaded, notFound, failures, failed: Object.fromEntries(this.failed), hitRatio };
  }
}
