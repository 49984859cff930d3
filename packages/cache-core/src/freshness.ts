// What an expired value is still good for (RFC 5861's stale-while-revalidate and stale-if-error): better an old answer than
// none, or than a slow one. A write drops the old value with every other, so that what is stale is old, never contradicted.

import type { Answer, CallOptions, Source } from './contracts.js';
import { CacheError } from './errors.js';
import type { GroupState } from './group-state.js';
import { ABSENT } from './holdings.js';
import type { LimitReport } from './limit-report.js';
import type { Loading } from './loading.js';
import { ReloadPauses } from './reload-pauses.js';

/** Of an answer that has expired: nobody may keep it. Not 0, which says on some wires that it does not expire. */
const STALE_TTL_MS = 1;

/** Of the time that a caller gives: a load that takes longer has failed for that caller, and the way back takes time as well. */
const PATIENCE_SHARE = 0.6;

export class Freshness {
  readonly #state: GroupState;
  readonly #loading: Loading;
  readonly #pauses = new ReloadPauses();

  constructor(state: GroupState, loading: Loading) {
    this.#state = state;
    this.#loading = loading;
  }

  limits(): LimitReport[] {
    return this.#pauses.limits();
  }

  /** For a value that was just read: loads it again before it expires, if that is soon. Being read, it is popular enough. */
  afterHit(key: string, ttlMs: number, source: Source, options: CallOptions): void {
    const { refreshAheadMs } = this.#state.limits;
    if (ttlMs < refreshAheadMs && source === 'main') this.#reload(key, options);
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
    if (expiredForMs >= staleIfErrorMs) return this.#loading.join(key, options);
    if (this.#pauses.isOpen(key, this.#state.clock.now())) return Promise.resolve(this.#stale(key, expired, options));
    const flight = this.#loading.join(key, options);
    return new Promise((resolve, reject) => {
      const giveStale = () => resolve(this.#stale(key, expired, options));
      const timer = this.#state.clock.setTimeout(giveStale, this.#patienceMs(options));
      flight
        .finally(() => timer.cancel())
        .then(resolve, (error: unknown) => {
          if (CacheError.from(error).code === 'not_found') return reject(error);
          this.#failed(key);
          giveStale();
        });
    });
  }

  /** How long a load may take until the expired value is given. */
  #patienceMs({ timeoutMs }: CallOptions): number {
    const { softTimeoutMs, flightTimeoutMs } = this.#state.limits;
    const ofCaller = timeoutMs === undefined ? flightTimeoutMs : timeoutMs * PATIENCE_SHARE;
    return softTimeoutMs > 0 ? Math.min(softTimeoutMs, ofCaller) : ofCaller;
  }

  /** At most once in the life of an entry, and not for a while once it has failed: what is read often may be read always. */
  #reload(key: string, options: CallOptions): void {
    const { clock, limits } = this.#state;
    if (this.#pauses.isOpen(key, clock.now())) return;
    this.#failed(key); // until it has not
    const { requestId, trace } = options;
    // Nobody waits for it; a failure is counted and told where it happens.
    this.#loading.join(key, { requestId, trace }).then(
      ({ ttlMs }) => {
        const forMs = Math.max(ttlMs - limits.refreshAheadMs, ttlMs / 2);
        if (limits.refreshAheadMs > 0 && forMs < Number.POSITIVE_INFINITY) this.#pauses.pause(key, clock.now() + forMs);
        else this.#pauses.end(key);
      },
      () => {},
    );
  }

  #failed(key: string): void {
    const { clock, limits } = this.#state;
    this.#pauses.pause(key, clock.now() + limits.refreshBackoffMs);
  }

  #stale(key: string, expired: Answer, options: CallOptions): Answer {
    this.#state.counters.stales++;
    this.#state.tell(key, options, { step: 'stale', expiredForMs: -expired.ttlMs });
    return { ...expired, ttlMs: STALE_TTL_MS };
  }
}
