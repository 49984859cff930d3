import type { CacheError, Clock } from '@ringcache/cache-core';
import type { LossReason, RegistrationEvent } from './discovery.js';
import { Backoff } from './waiting.js';

const REPORTS = { baseMs: 2_000, maxMs: 60_000 }; // of a failure that goes on: a member tries several times a second

export interface RegistrationEventsOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onEvent: (event: RegistrationEvent) => void;
}

/** Turns what a member finds out about its registration into events, a few for each change and for each outage. */
export class RegistrationEvents {
  readonly #clock: Clock;
  readonly #onEvent: (event: RegistrationEvent) => void;
  readonly #backoff: Backoff;
  #isRegistered = false;
  #wasRegistered = false;
  #confirmedAt = 0;
  #nextReportAt = Number.NEGATIVE_INFINITY;

  constructor({ clock, random, onEvent }: RegistrationEventsOptions) {
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#backoff = new Backoff({ ...REPORTS, random });
  }

  get isRegistered(): boolean {
    return this.#isRegistered;
  }

  /** When the member asked for what confirmed it last, on the clock. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  /** Notes that the member is in the list. @param askedAt on the clock, the moment before that was asked. */
  confirmed(askedAt: number, ttlMs: number): void {
    this.#confirmedAt = askedAt;
    if (this.#isRegistered) return;
    this.#isRegistered = true;
    this.#reportAtOnce();
    const again = this.#wasRegistered;
    this.#wasRegistered = true;
    this.#onEvent({ kind: 'registered', again, ttlMs });
  }

  /** Notes that the member is not in the list, or may not be. Does nothing where that is known. */
  lost(reason: LossReason): void {
    if (!this.#isRegistered) return;
    this.#isRegistered = false;
    this.#onEvent({ kind: 'lost', reason, silentMs: this.#clock.now() - this.#confirmedAt });
  }

  /** Notes a failed try. Emits `retrying` for the first one, and for later ones at intervals of 2 s doubling to 60 s. */
  failed(error: CacheError): void {
    const now = this.#clock.now();
    if (now < this.#nextReportAt) return;
    if (now - this.#nextReportAt > REPORTS.maxMs) this.#backoff.reset(); // all was well in between
    const delayMs = this.#backoff.next();
    this.#nextReportAt = now + delayMs;
    this.#onEvent({ kind: 'retrying', error, delayMs });
  }

  #reportAtOnce(): void {
    this.#backoff.reset();
    this.#nextReportAt = Number.NEGATIVE_INFINITY;
  }
}
