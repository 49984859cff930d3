// What an expired value is still good for (RFC 5861's stale-while-revalidate and stale-if-error): better an old answer than
// none, or than a slow one. A write drops the old value with every other, so that what is stale is old, never contradicted.

import type { Answer, CallOptions, Source } from './contracts.js';
import { CacheError } from './errors.js';
import type { GroupState } from './group-state.js';
import { ABSENT } from './holdings.js';
import type { Loading } from './loading.js';

/** Of an answer that has expired: nobody may keep it. Not 0, which says on some wires that it does not expire. */
const STALE_TTL_MS = 1;

/** Of the time that a caller gives: a load that takes longer has failed for that caller, and the way back takes time as well. */
const PATIENCE_SHARE = 0.6;

export class Freshness {
  readonly #state: GroupState;
  readonly #loading: Loading;

  constructor(state: GroupState, loading: Loading) {
    this.#state = state;
    this.#loading = loading;
  }

  /** For a value that was just read: loads it again before it expires, if that is soon. Being read, it is popular enough. */
  afterHit(key: string, ttlMs: number, source: Source, options: CallOptions): void {
    if (ttlMs < this.#state.limits.refreshAheadMs && source === 'main') this.#reload(key, options);
  }

  /**
   * Loads a key of which this member may still hold an expired value, to be given in place of a load that fails or takes long.
   * @throws what {@link Loading.join} does, where no such value may stand in.
   */
  load(key: string, expired: Answer | undefined, options: CallOptions): Promise<Answer> {
    if (expired === undefined || expired.value === ABSENT) return this.#loading.join(key, options);
    const { staleWhileRevalidateMs, staleIfErrorMs } = this.#state.limits;
    const expiredForMs = -expired.ttlMs;
    if (expiredForMs < staleWhileRevalidateMs) {
      this.#reload(key, options);
      return Promise.resolve(this.#stale(key, expired, options));
    }
    const flight = this.#loading.join(key, options);
    if (expiredForMs >= staleIfErrorMs) return flight;
    return new Promise((resolve, reject) => {
      const giveStale = () => resolve(this.#stale(key, expired, options));
      const timer = this.#state.clock.setTimeout(giveStale, this.#patienceMs(options));
      flight
        .finally(() => timer.cancel())
        .then(resolve, (error: unknown) => {
          if (CacheError.from(error).code === 'not_found') reject(error);
          else giveStale();
        });
    });
  }

  /** How long a load may take until the expired value is given. */
  #patienceMs({ timeoutMs }: CallOptions): number {
    const { softTimeoutMs, flightTimeoutMs } = this.#state.limits;
    const ofCaller = timeoutMs === undefined ? flightTimeoutMs : timeoutMs * PATIENCE_SHARE;
    return softTimeoutMs > 0 ? Math.min(softTimeoutMs, ofCaller) : ofCaller;
  }

  #reload(key: string, options: CallOptions): void {
    // Nobody waits for it; a failure is counted and told where it happens.
    this.#loading.join(key, { requestId: options.requestId, trace: options.trace }).catch(() => {});
  }

  #stale(key: string, expired: Answer, options: CallOptions): Answer {
    this.#state.counters.stales++;
    this.#state.tell(key, options, { step: 'stale', expiredForMs: -expired.ttlMs });
    return { ...expired, ttlMs: STALE_TTL_MS };
  }
}
