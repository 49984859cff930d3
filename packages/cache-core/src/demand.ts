// What clients and peers want of the keys that this node owns, as a curve over the group's memory. It is fed on the way of
// every read, so all that costs more than a count waits until the key is one of the few that are followed.
//
// A read that misses is counted when it misses, its size when the value is stored: a flight that many join is asked for many
// times, and what no origin knows is asked for as well.

import { type CurvePoint, MissRatioCurve } from '@ringcache/policies';

import type { Clock } from './contracts.js';

/** What it needs to know of main. */
export interface SizedEntries {
  hashAt(slot: number): number;
  /** The same of a key that may not be there. */
  hashOf(key: string): number;
  sizeAt(slot: number): number;
  /** Not counted as a read. */
  locate(key: string): number;
}

const HORIZON = 4; // times main's limit: what could be won with more memory than that is seen as main grows

export class Demand {
  readonly #main: SizedEntries;
  readonly #curve: MissRatioCurve;

  /** @param maxBytes main's limit. */
  constructor(main: SizedEntries, clock: Clock, maxBytes: number) {
    this.#main = main;
    this.#curve = new MissRatioCurve(HORIZON * maxBytes, () => clock.now());
  }

  /** Reads since the beginning. */
  get reads(): number {
    return this.#curve.requests;
  }

  /** Part of them of late that would miss if main had so many bytes and were an LRU, 0 to 1; undefined: not known yet. */
  missRatioAt(bytes: number): number | undefined {
    return this.#curve.isEvident ? this.#curve.missRatioAt(bytes) : undefined;
  }

  /** {@link missRatioAt} at so many sizes, smallest first, up to the horizon; []: not known yet. */
  curve(points: number): CurvePoint[] {
    return this.#curve.isEvident ? this.#curve.curve(points) : [];
  }

  /** main has another limit. */
  resized(maxBytes: number): void {
    this.#curve.horizonBytes = HORIZON * maxBytes;
  }

  hit(slot: number, ttlMs: number): void {
    const hash = this.#main.hashAt(slot);
    if (this.#curve.asked(hash)) this.#curve.sample(hash, this.#main.sizeAt(slot), ttlMs);
  }

  missed(key: string): void {
    const hash = this.#main.hashOf(key);
    if (this.#curve.asked(hash)) this.#curve.sample(hash, 0, 0);
  }

  /** @param isNewer it was written, not loaded. */
  stored(key: string, ttlMs: number, isNewer: boolean): void {
    const hash = this.#main.hashOf(key);
    if (!this.#curve.follows(hash)) return;
    const slot = this.#main.locate(key);
    if (slot !== 0) this.#curve.stored(hash, this.#main.sizeAt(slot), ttlMs, isNewer); // else it was not let in
  }

  dropped(key: string): void {
    this.#curve.deleted(this.#main.hashOf(key));
  }

  cleared(): void {
    this.#curve.cleared();
  }
}
