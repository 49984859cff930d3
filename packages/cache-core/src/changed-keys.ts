/** Keys that are remembered one by one; past that all count as changed, which only costs loads. */
const MAX_KEYS = 100_000;

/** Which keys were written since some moment: what was known of them before must not come back. */
export class ChangedKeys {
  readonly #keys = new Set<string>();
  #areAll = false;

  /** Every key counts as changed. */
  get areAll(): boolean {
    return this.#areAll;
  }

  add(key: string): void {
    if (this.#areAll) return;
    this.#keys.add(key);
    if (this.#keys.size >= MAX_KEYS) this.addAll();
  }

  addAll(): void {
    this.#areAll = true;
    this.#keys.clear();
  }

  has(key: string): boolean {
    return this.#areAll || this.#keys.has(key);
  }

  /** From here on nothing has changed. */
  forget(): void {
    this.#areAll = false;
    this.#keys.clear();
  }
}
