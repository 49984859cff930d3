// What is known of an entry besides its key and value, by slot: size, deadline, version, epoch, and when it was stored. Each
// lives in a typed array of its own, made when the first entry needs it, so that a cache pays for what it uses.

import { Float64Column, Uint32Column } from './column.js';
import { Deadlines } from './deadlines.js';
import type { Ticker } from './ticker.js';

const SECOND_MS = 1_000;

export class Facts {
  readonly deadlines: Deadlines;
  readonly #ticker: Ticker;
  readonly #hasAges: boolean;
  readonly #began: number;
  readonly #sizes: Uint32Column;
  readonly #versions: Float64Column;
  readonly #epochs: Uint32Column;
  readonly #storedAt: Uint32Column; // in seconds since a second before the beginning; 0: not known

  /**
   * @param slots to reserve; beyond them the arrays double.
   * @param hasAges whether {@link ageAt} knows.
   */
  constructor(ticker: Ticker, slots: number, hasAges: boolean) {
    const length = slots + 1; // slot 0 is nobody's
    this.#ticker = ticker;
    this.#hasAges = hasAges;
    this.#began = hasAges ? ticker.now() : 0;
    this.#storedAt = new Uint32Column(length);
    this.deadlines = new Deadlines(ticker, length);
    this.#sizes = new Uint32Column(length);
    this.#versions = new Float64Column(length);
    this.#epochs = new Uint32Column(length);
  }

  /** The most that a slot takes. */
  static readonly BYTES = 24;

  /** The greatest size that there is room for. */
  static readonly MAX_SIZE = 2 ** 32 - 1;

  sizeAt(slot: number): number {
    return this.#sizes.get(slot);
  }

  versionAt(slot: number): number {
    return this.#versions.get(slot);
  }

  epochAt(slot: number): number {
    return this.#epochs.get(slot);
  }

  /** ms since the entry was stored, to a second; undefined: ages are not kept. */
  ageAt(slot: number): number | undefined {
    const storedAt = this.#storedAt.get(slot);
    return storedAt === 0 ? undefined : Math.max(0, (this.#seconds - storedAt) * SECOND_MS);
  }

  set(slot: number, size: number, ttlMs: number, version: number, epoch: number): void {
    this.#sizes.set(slot, size);
    this.deadlines.set(slot, ttlMs);
    this.#versions.set(slot, version);
    this.#epochs.set(slot, epoch);
    if (this.#hasAges) this.#storedAt.set(slot, this.#seconds);
  }

  setSize(slot: number, size: number): void {
    this.#sizes.set(slot, size);
  }

  setEpoch(slot: number, epoch: number): void {
    this.#epochs.set(slot, epoch);
  }

  /** Of a slot that is freed: it never expires. */
  clearAt(slot: number): void {
    this.deadlines.clearAt(slot);
  }

  clear(): void {
    this.deadlines.clear();
    this.#sizes.clear();
    this.#versions.clear();
    this.#epochs.clear();
    this.#storedAt.clear();
  }

  get #seconds(): number {
    return Math.floor((this.#ticker.now() - this.#began) / SECOND_MS) + 1;
  }
}
