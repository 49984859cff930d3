// Which requests begin a trace: each with the same chance. Drawn is not each request but how many pass until the next one, which
// is geometrically distributed (J. S. Vitter, Faster Methods for Random Sampling, 1984): a request that passes costs a subtraction.

export class RootDraw {
  readonly #ratio: number;
  readonly #random: () => number;
  #left: number;

  /** @param ratio of the requests, 0 to 1. */
  constructor(ratio: number, random: () => number = Math.random) {
    this.#ratio = ratio;
    this.#random = random;
    this.#left = this.#draw();
  }

  /** The next request is one. */
  get isDue(): boolean {
    return this.#left === 0;
  }

  /** A request has passed, while none was due. */
  passed(): void {
    this.#left--;
  }

  /** Takes the next request: whether it is one. */
  take(): boolean {
    if (this.#left > 0) {
      this.#left--;
      return false;
    }
    this.#left = this.#draw();
    return true;
  }

  #draw(): number {
    if (this.#ratio >= 1) return 0;
    if (this.#ratio <= 0) return Number.POSITIVE_INFINITY;
    return Math.floor(Math.log(1 - this.#random()) / Math.log1p(-this.#ratio));
  }
}
