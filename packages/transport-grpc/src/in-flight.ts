const MAX_UINT32 = 0xffff_ffff;

/** What is in flight on a stream, by the id it was given: a uint32 above 0, unique as long as it is in here. */
export class InFlight<T> {
  readonly #byId = new Map<number, T>();
  readonly #maxId: number;
  #lastId: number;

  /**
   * @param lastId the id given last: ids go up from it, and begin again at 1 after `maxId`.
   * @param maxId must exceed what is ever in flight.
   */
  constructor(lastId = 0, maxId = MAX_UINT32) {
    this.#lastId = lastId;
    this.#maxId = maxId;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** In the order of their coming. */
  values(): IterableIterator<T> {
    return this.#byId.values();
  }

  get(id: number): T | undefined {
    return this.#byId.get(id);
  }

  /** @returns its id. */
  add(value: T): number {
    do this.#lastId = this.#lastId === this.#maxId ? 1 : this.#lastId + 1;
    while (this.#byId.has(this.#lastId));
    this.#byId.set(this.#lastId, value);
    return this.#lastId;
  }

  delete(id: number): void {
    this.#byId.delete(id);
  }

  clear(): void {
    this.#byId.clear();
  }
}
