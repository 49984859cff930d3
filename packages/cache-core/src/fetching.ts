import type { Answer, CallOptions } from './contracts.js';
import { CacheError, type ErrorCode, nobodyAnswered } from './errors.js';
import { type Flight, Flights } from './flights.js';
import type { GroupState } from './group-state.js';
import { startAsking } from './in-span.js';
import type { Loading } from './loading.js';
import type { ViewMember } from './membership/view.js';

/** Share of a fetch's time that an owner gets of which nothing tells that it is silent; the rest is for the origin. */
const ATTEMPT_SHARE = 1 / 2;

/** Of the time that a member got: a `deadline` that it answers later is of that time, not of its origin. Clocks run apart. */
const OUT_OF_TIME = 0.9;

/** Fetches from the key's owner, once for all who ask here at a time, and keeps copies of what is popular. */
export class Fetching {
  readonly #state: GroupState;
  readonly #loading: Loading;
  readonly flights: Flights<Answer>;

  constructor(state: GroupState, loading: Loading) {
    this.#state = state;
    this.#loading = loading;
    this.flights = new Flights({ clock: state.clock, timeoutMs: state.limits.flightTimeoutMs });
  }

  /**
   * Fetches a key that another member owns.
   * @throws {CacheError} what the owner answers; `deadline`; `unavailable`: there is no origin, and no owner acts.
   */
  join(key: string, owner: ViewMember, options: CallOptions): Promise<Answer> {
    if (this.#state.hears('joined') && this.flights.has(key))
      this.#state.tell(key, options, { step: 'joined', flight: 'fetch' });
    const epoch = this.#state.peers.grantEpoch(owner);
    return this.flights.join(key, (flight) => this.#fly(key, owner, flight, options), epoch);
  }

  /**
   * Asks the owner, for as long as it is not silent. If it is, or does not act as the owner, this member asks the origin for its
   * own callers. Without an origin only the owner knows.
   */
  async #fly(key: string, owner: ViewMember, flight: Flight, options: CallOptions): Promise<Answer> {
    const { clock, limits, peers } = this.#state;
    const askedAt = clock.now();
    const timeoutMs = limits.flightTimeoutMs * (peers.exchanges || !this.#loading.hasOrigin ? 1 : ATTEMPT_SHARE);
    let knowsNoGroup: unknown;
    if (peers.breakers.admits(owner.id)) {
      try {
        return await this.#ask(owner, key, flight, timeoutMs, options);
      } catch (error) {
        if (hasCode(error, 'not_owner') && !this.#loading.hasOrigin) throw error;
        if (hasCode(error, 'no_such_group')) knowsNoGroup = error; // as while a new group is rolled out
        const wasOutOfTime = hasCode(error, 'deadline') && clock.now() - askedAt >= timeoutMs * OUT_OF_TIME;
        const isAnswer = !nobodyAnswered(error) && !wasOutOfTime && !hasCode(error, 'not_owner');
        if (isAnswer && knowsNoGroup === undefined) throw error;
      }
    }
    if (!this.#loading.hasOrigin)
      throw knowsNoGroup ?? new CacheError('unavailable', `${owner.id}, which owns the key, does not answer`);
    return this.#loading.join(key, options);
  }

  async #ask(
    member: ViewMember,
    key: string,
    flight: Flight,
    timeoutMs: number,
    options: CallOptions,
  ): Promise<Answer> {
    const state = this.#state;
    const startedAt = state.clock.now();
    const { requestId } = options;
    const epoch = state.peers.grantEpoch(member);
    const span = startAsking(state.tracing, member, { method: 'Get', group: state.name, key }, options.trace);
    const trace = span === undefined ? options.trace : span.context;
    state.counters.fetches++;
    try {
      const fetch = state.peers.client(member).fetch(state.name, key, { timeoutMs, requestId, trace });
      const answer = await state.peers.breakers.unlessSilent(member.id, fetch);
      const ms = state.clock.now() - startedAt;
      state.peers.breakers.answered(member.id);
      state.tell(key, options, { step: 'fetched', from: member.id, ms, bytes: answer.value.byteLength });
      span?.end();
      if (!flight.fenced) this.#copyIfPopular(key, answer, options, epoch);
      return answer;
    } catch (error) {
      span?.end(error);
      const { code, message } = CacheError.from(error, 'unavailable');
      const ms = state.clock.now() - startedAt;
      if (nobodyAnswered(error)) state.peers.breakers.failed(member.id, startedAt);
      else state.peers.breakers.answered(member.id);
      if (code !== 'not_found') state.counters.fetchErrors++;
      state.tell(key, options, { step: 'fetch_failed', from: member.id, ms, code, message });
      throw error;
    } finally {
      state.measures.fetchMs.record(state.clock.now() - startedAt);
    }
  }

  #copyIfPopular(key: string, answer: Answer, options: CallOptions, epoch: number): void {
    const { limits, holdings } = this.#state;
    if (limits.hotTtlMs === 0 || epoch === 0) return;
    if (holdings.popularity.count(holdings.hot.hashOf(key)) < limits.hotAfterFetches) return;
    this.#state.store('hot', key, answer, options, epoch);
  }
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof CacheError && error.code === code;
}
