// Numbers by slot that many caches never need: memory is taken when the first is stored that is not 0. Two classes of one
// shape, not one over both kinds of array: V8 makes a place that sees several kinds many times slower.

import { integers } from './slot-table.js';

/** Integers from 0 to 2^32 - 1. */
export class Uint32Column {
  readonly #reserved: number;
  #numbers: Uint32Array = new Uint32Array(0);

  /** @param reserved slots to take memory for at once, when any is taken; beyond it the array doubles. */
  constructor(reserved: number) {
    this.#reserved = reserved;
  }

  get(slot: number): number {
    const numbers = this.#numbers;
    return slot < numbers.length ? numbers[slot]! : 0;
  }

  set(slot: number, value: number): void {
    const numbers = this.#numbers;
    if (slot < numbers.length) numbers[slot] = value;
    else if (value !== 0) this.#grow(slot, value);
  }

  clear(): void {
    this.#numbers = new Uint32Array(0);
  }

  #grow(slot: number, value: number): void {
    const length = Math.max(slot + 1, 2 * this.#numbers.length, this.#reserved);
    const numbers = new Uint32Array(integers(length).buffer);
    numbers.set(this.#numbers);
    numbers[slot] = value;
    this.#numbers = numbers;
  }
}

/** Any numbers. */
export class Float64Column {
  readonly #reserved: number;
  #numbers: Float64Array = new Float64Array(0);

  /** @param reserved as with {@link Uint32Column}. */
  constructor(reserved: number) {
    this.#reserved = reserved;
  }

  get(slot: number): number {
    const numbers = this.#numbers;
    return slot < numbers.length ? numbers[slot]! : 0;
  }

  set(slot: number, value: number): void {
    const numbers = this.#numbers;
    if (slot < numbers.length) numbers[slot] = value;
    else if (value !== 0) this.#grow(slot, value);
  }

  clear(): void {
    this.#numbers = new Float64Array(0);
  }

  #grow(slot: number, value: number): void {
    const length = Math.max(slot + 1, 2 * this.#numbers.length, this.#reserved);
    const numbers = new Float64Array(new SharedArrayBuffer(8 * length));
    numbers.set(this.#numbers);
    numbers[slot] = value;
    this.#numbers = numbers;
  }
}
