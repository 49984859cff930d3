import type { Clock } from '@ringcache/cache-core';

const FIRST_MS = 250;
const LONGEST_MS = 5_000; // a member that is back is found again within it

/** Members that did not answer of late, to be asked last; for longer each time in a row, so that a dead one costs little. */
export class Suspects {
  readonly #clock: Clock;
  readonly #suspects = new Map<string, { until: number; forMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(id: string): void {
    const forMs = Math.min((this.#suspects.get(id)?.forMs ?? FIRST_MS / 2) * 2, LONGEST_MS);
    this.#suspects.set(id, { until: this.#clock.now() + forMs, forMs });
  }

  answered(id: string): void {
    if (this.#suspects.size > 0) this.#suspects.delete(id);
  }

  has(id: string): boolean {
    const suspect = this.#suspects.get(id);
    return suspect !== undefined && suspect.until > this.#clock.now();
  }

  /** Forgets members that are not in the list. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#suspects.keys()) if (!ids.has(id)) this.#suspects.delete(id);
  }

  get size(): number {
    return this.#suspects.size;
  }
}
