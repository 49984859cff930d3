// What is known of an entry besides its key and value, by slot: size, deadline, version, epoch. Each lives in a typed array of
// its own, made when the first entry needs it, so that a cache pays for what it uses.

import { Float64Column, Uint32Column } from './column.js';
import { Deadlines } from './deadlines.js';
import type { Ticker } from './ticker.js';

export class Facts {
  readonly deadlines: Deadlines;
  readonly #sizes: Uint32Column;
  readonly #versions: Float64Column;
  readonly #epochs: Uint32Column;

  /** @param slots to reserve; beyond them the arrays double. */
  constructor(ticker: Ticker, slots: number) {
    const length = slots + 1; // slot 0 is nobody's
    this.deadlines = new Deadlines(ticker, length);
    this.#sizes = new Uint32Column(length);
    this.#versions = new Float64Column(length);
    this.#epochs = new Uint32Column(length);
  }

  /** The most that a slot takes. */
  static readonly BYTES = 20;

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

  set(slot: number, size: number, ttlMs: number, version: number, epoch: number): void {
    this.#sizes.set(slot, size);
    this.deadlines.set(slot, ttlMs);
    this.#versions.set(slot, version);
    this.#epochs.set(slot, epoch);
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
  }
}
