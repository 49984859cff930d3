// One timer for all deadlines of a stream: a timer for each call would cost more than the call. The timer stands at the
// earliest deadline that was known when it was set; when it fires, the owner looks through all its calls and says what the
// earliest is now. Where calls take the same timeout and are answered in time, that is one look in a whole timeout.

/** Least ms between two looks, and so how late a deadline may be noticed: never early, at most this late. */
export const SWEEP_MS = 10;

export class Deadlines {
  readonly #sweep: (now: number) => number;
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Immediate | undefined;
  #at = Number.POSITIVE_INFINITY;

  /** @param sweep ends what has a deadline ≤ now, and returns the earliest that is left; `Infinity`: none. */
  constructor(sweep: (now: number) => number) {
    this.#sweep = sweep;
  }

  /** Sees to it that a deadline, by performance.now(), will be noticed. */
  add(deadline: number, now: number): void {
    if (deadline >= this.#at) return;
    this.#arm(deadline, now, 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#look);
    this.#at = Number.POSITIVE_INFINITY;
  }

  #arm(deadline: number, now: number, leastMs: number): void {
    clearTimeout(this.#timer);
    // Rounded up, so that deadlines that lie close together share a look.
    this.#at = Math.ceil(Math.max(deadline, now + leastMs) / SWEEP_MS) * SWEEP_MS;
    this.#timer = setTimeout(this.#fire, Math.min(Math.ceil(this.#at - now), MAX_TIMEOUT_MS)).unref();
  }

  // The look comes after this turn's reading: where the process was busy for a while, timers are due before the answers
  // that lie in its sockets are read, and those must not be missed.
  readonly #fire = (): void => {
    this.#look = setImmediate(this.#lookNow);
  };

  readonly #lookNow = (): void => {
    this.#at = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const earliest = this.#sweep(now);
    if (earliest < this.#at) this.#arm(earliest, now, SWEEP_MS);
  };
}

const MAX_TIMEOUT_MS = 0x7fff_ffff; // Node fires a longer timer at once
