import type { Clock } from './contracts.js';
import { CacheError } from './errors.js';
import type { LimitReport } from './limit-report.js';

const FIRST_MS = 250;
const LONGEST_MS = 5_000; // a member that is back is found again within it

interface Open {
  until: number;
  forMs: number;
}

/**
 * Members that did not answer of late (Nygard's circuit breaker). A member is out for a time that doubles with each failure,
 * with jitter so that not all ask again at once; then one call is let through to see. Any answer ends it, also one to another
 * question. Only silence counts, never an error that the member answered with, nor a caller that gave up.
 */
export class Breakers {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #open = new Map<string, Open>();
  readonly #aliveAt = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(options: { clock: Clock; random: () => number }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** @param limit of members that can be known. */
  limits(limit: number): LimitReport[] {
    return [{ name: 'silent members', size: Math.max(this.#open.size, this.#aliveAt.size), limit }];
  }

  /** Whether a call to the member makes sense now. True for one call at a time when a member's time is up. */
  admits(id: string): boolean {
    const open = this.#open.get(id);
    if (open === undefined) return true;
    if (this.isOpen(id)) return false;
    open.until = this.#clock.now() + open.forMs; // until this call has shown what it is worth
    return true;
  }

  isOpen(id: string): boolean {
    const open = this.#open.get(id);
    return open !== undefined && open.until > this.#clock.now();
  }

  /**
   * Notes a call that nobody answered.
   * @param askedAt when the call began: a member that has answered a question since then is slow with this one, not silent.
   */
  failed(id: string, askedAt = Number.POSITIVE_INFINITY): void {
    if ((this.#aliveAt.get(id) ?? Number.NEGATIVE_INFINITY) >= askedAt) return;
    const forMs = Math.min((this.#open.get(id)?.forMs ?? FIRST_MS / 2) * 2, LONGEST_MS);
    this.#open.set(id, { forMs, until: this.#clock.now() + forMs * (0.5 + 0.5 * this.#random()) });
  }

  /** The member does not say a word: a failure, and calls that wait for it are given up. */
  silent(id: string): void {
    this.failed(id);
    for (const giveUp of this.#waiting.get(id) ?? []) giveUp();
  }

  /** What the call to the member resolves with. @throws what it throws; `unavailable` as soon as the member is silent. */
  unlessSilent<T>(id: string, call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new CacheError('unavailable', `${id} has gone silent`));
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting.add(giveUp));
      const settle = () => {
        waiting.delete(giveUp);
        if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
      };
      call.then(resolve, reject).finally(settle);
    });
  }

  /** Notes that the member has answered a question of this time that takes it no work, such as an exchange. */
  alive(id: string, askedAt: number): void {
    this.#aliveAt.set(id, askedAt);
    this.answered(id);
  }

  answered(id: string): void {
    if (this.#open.size > 0) this.#open.delete(id);
  }

  /** Forgets members that are not among these. */
  keep(ids: { has(id: string): boolean }): void {
    for (const known of [this.#open, this.#aliveAt]) for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
  }

  /** Ids of the members that are out, or were and have not answered since. */
  suspects(): string[] {
    return [...this.#open.keys()];
  }

  /** How many those are. */
  get size(): number {
    return this.#open.size;
  }
}
