// Every latency of a round, kept as it was: sorting half a million numbers after the clock has stopped costs nobody anything,
// while a histogram would be paid for within the loop.

const FIRST_ROOM = 65_536;

export class Latencies {
  #ms = new Float64Array(FIRST_ROOM);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(ms: number): void {
    if (this.#count === this.#ms.length) this.#grow();
    this.#ms[this.#count++] = ms;
  }

  /**
   * The least latency that this share of all did not exceed, in ms; 0 if there are none. Sorts: not for the loop.
   * @param percentile 0 to 100.
   */
  percentileMs(percentile: number): number {
    const sorted = this.#ms.subarray(0, this.#count).sort();
    return sorted[Math.max(0, Math.ceil((percentile * sorted.length) / 100) - 1)] ?? 0;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#ms.length);
    larger.set(this.#ms);
    this.#ms = larger;
  }
}
