const MAX_UINT32 = 0xffff_ffff;
const FIRST_PLACES = 64;

/**
 * What is in flight on a stream, by the id it was given: a uint32 above 0, unique as long as it is in here.
 *
 * Ids go up one by one, so their low bits are places in an array, and a place that is still taken is passed over. Not a Map:
 * V8's leaves a hole for each deletion, and copies itself once there are as many holes as entries. Each former table points to
 * the next; once one of them is old, all that follow live until the next full collection, with every call they held. It made
 * half of a client's garbage survive.
 */
export class InFlight<T> {
  readonly #maxId: number;
  #lastId: number;
  #ids = new Uint32Array(FIRST_PLACES); // 0: the place is free
  #values: (T | undefined)[] = new Array(FIRST_PLACES).fill(undefined);
  #size = 0;

  /**
   * @param lastId the id given last: ids go up from it, and begin again at 1 after `maxId`.
   * @param maxId at least twice what is ever in flight.
   */
  constructor(lastId = 0, maxId = MAX_UINT32) {
    this.#lastId = lastId;
    this.#maxId = maxId;
  }

  get size(): number {
    return this.#size;
  }

  /** All there are now, in no order. */
  values(): T[] {
    return this.#values.filter((value) => value !== undefined);
  }

  get(id: number): T | undefined {
    const place = id & (this.#ids.length - 1);
    return this.#ids[place] === id ? this.#values[place] : undefined;
  }

  /** @returns its id. */
  add(value: T): number {
    if (2 * this.#size >= this.#ids.length) this.#grow();
    let id = this.#lastId;
    let place: number;
    do {
      id = id === this.#maxId ? 1 : id + 1;
      place = id & (this.#ids.length - 1);
    } while (this.#ids[place] !== 0);
    this.#lastId = id;
    this.#ids[place] = id;
    this.#values[place] = value;
    this.#size++;
    return id;
  }

  delete(id: number): void {
    const place = id & (this.#ids.length - 1);
    if (id === 0 || this.#ids[place] !== id) return;
    this.#ids[place] = 0;
    this.#values[place] = undefined;
    this.#size--;
  }

  clear(): void {
    this.#ids = new Uint32Array(FIRST_PLACES);
    this.#values = new Array(FIRST_PLACES).fill(undefined);
    this.#size = 0;
  }

  /** Twice the places: what had a place of its own has one still. */
  #grow(): void {
    const [ids, values] = [this.#ids, this.#values];
    this.#ids = new Uint32Array(2 * ids.length);
    this.#values = new Array(2 * ids.length).fill(undefined);
    for (const [from, id] of ids.entries()) {
      if (id === 0) continue;
      const place = id & (this.#ids.length - 1);
      this.#ids[place] = id;
      this.#values[place] = values[from];
    }
  }
}
