import type { LimitReport } from './limit-report.js';

/** Keys that are remembered one by one, and their characters; past that all count as changed, which only costs loads. */
const MAX_KEYS = 100_000;
const MAX_CHARACTERS = 8 * 1024 * 1024;

/** Which keys were written since some moment: what was known of them before must not come back. */
export class ChangedKeys {
  readonly #keys = new Set<string>();
  #areAll = false;
  #characters = 0;

  /** Every key counts as changed. */
  get areAll(): boolean {
    return this.#areAll;
  }

  add(key: string): void {
    if (this.#areAll || this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#characters += key.length;
    if (this.#keys.size >= MAX_KEYS || this.#characters >= MAX_CHARACTERS) this.addAll();
  }

  addAll(): void {
    this.#areAll = true;
    this.#keys.clear();
    this.#characters = 0;
  }

  has(key: string): boolean {
    return this.#areAll || this.#keys.has(key);
  }

  /** From here on nothing has changed. */
  forget(): void {
    this.#areAll = false;
    this.#keys.clear();
    this.#characters = 0;
  }

  limits(name: string): LimitReport[] {
    return [
      { name, size: this.#keys.size, limit: MAX_KEYS },
      { name: `${name}, characters`, size: this.#characters, limit: MAX_CHARACTERS },
    ];
  }
}
