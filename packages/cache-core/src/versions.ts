// Beyond what wall clocks and writes come to in ages: a member that says more is mistaken, and would leave no number for others.
const HIGHEST = 2 ** 52;

/**
 * Lamport's clock (1978) for the versions of a group's entries: a member's next version is above every version that it has
 * given or heard of. Every write is told to every member, so the next owner of a key goes on above the last one's versions.
 * A member that was away could begin below; `epoch`, in practice the wall clock at its start, lifts it.
 */
export class Versions {
  #last: number;

  /** @param epoch a whole number ≥ 0 to begin above. */
  constructor(epoch: number) {
    this.#last = epoch;
  }

  next(): number {
    this.#last++;
    return this.#last;
  }

  observe(version: number): void {
    if (version > this.#last && version <= HIGHEST && Number.isSafeInteger(version)) this.#last = version;
  }
}
