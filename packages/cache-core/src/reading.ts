// The way of a read through a group:
//
//   get    (clients)  held here → answer; owner is me → load; owner is another → fetch from it
//   serve  (peers)    only as the key's owner: held here → answer; else load. It never asks a third member, so members whose
//                     rings disagree cannot wait for each other
//
// Where nobody acts as the owner (it is silent, in doubt, or the ring is just changing) the member loads for its own callers,
// and keeps nothing. Without an origin there is no answer then: the owner alone knows.
//
// Loads and fetches have separate flights: with one map, two members that each take the other for the owner would each join
// the flight that waits for the other.
//
// There is no `await` between looking in the cache and joining a flight, and a value is stored before its flight ends: so a
// key is either held, or in flight, or nobody has asked for it.

import type { Answer, CallOptions } from './contracts.js';
import type { Fetching } from './fetching.js';
import { waitFor } from './flights.js';
import { Freshness } from './freshness.js';
import type { GroupState } from './group-state.js';
import type { HeldEntry } from './held-entry.js';
import { ABSENT } from './holdings.js';
import { isToBeRecorded } from './in-span.js';
import type { LimitReport } from './limit-report.js';
import { type Loading, notFound } from './loading.js';
import { checkIsText, checkKey } from './validate.js';

const NO_OPTIONS: CallOptions = {};
const decoder = new TextDecoder();

export class Reading {
  readonly #state: GroupState;
  readonly #freshness: Freshness;
  readonly #loading: Loading;
  readonly #fetching: Fetching;

  constructor(state: GroupState, loading: Loading, fetching: Fetching) {
    this.#state = state;
    this.#loading = loading;
    this.#freshness = new Freshness(state, loading);
    this.#fetching = fetching;
  }

  limits(): LimitReport[] {
    return this.#freshness.limits();
  }

  /** For a client. Errors as with `Group.get`. */
  async get(key: string, given: CallOptions): Promise<Answer> {
    checkIsText(key);
    const received = this.#state.received(key, given, 'client');
    const held = this.#state.holdings.find(key);
    if (held !== undefined && held.ttlMs > 0) {
      this.#state.counters.hits++;
      return this.#answerHeld(key, held, received);
    }
    checkKey(key);
    this.#state.counters.misses++;
    this.#state.holdings.missed(key);
    const startedAt = this.#state.clock.now();
    const options = this.#state.named(received);
    const answer = this.#loading.hasOrigin ? this.#ask(key, held, options) : this.#askOwner(key, held, options);
    try {
      return await waitFor(answer, options, this.#state.clock);
    } finally {
      this.#state.measures.missMs.record(this.#state.clock.now() - startedAt);
    }
  }

  /** Without an origin, waits a moment for an owner that acts. Meanwhile this member may have come to serve what it holds. */
  #askOwner(key: string, expired: Answer | undefined, options: CallOptions): Promise<Answer> {
    const { peers, holdings } = this.#state;
    let isFirst = true;
    const attempt = async () => {
      const held = isFirst ? undefined : holdings.locate(key);
      isFirst = false;
      return held !== undefined && held.ttlMs > 0
        ? this.#answerHeld(key, held, options)
        : this.#ask(key, expired, options);
    };
    return peers.untilOwned(attempt, options.timeoutMs);
  }

  /** Asks whoever owns the key now. */
  #ask(key: string, expired: Answer | undefined, options: CallOptions): Promise<Answer> {
    const { peers, holdings } = this.#state;
    const owner = this.#state.pickOwner(key, options);
    if (owner !== undefined) return this.#fetching.join(key, owner, options);
    holdings.demand.missed(key);
    if (this.#loading.hasOrigin || peers.actsAsOwner(key)) return this.#freshness.load(key, expired, options);
    return Promise.reject(peers.whyNoOwner());
  }

  /** For a peer. Errors as with `Group.serve`. */
  async serve(key: string, given: CallOptions, { asOwner }: { asOwner: boolean }): Promise<Answer> {
    checkIsText(key);
    const received = this.#state.received(key, given, 'peer');
    this.#state.counters.serves++;
    const found = this.#state.holdings.find(key);
    const held = asOwner && found?.source === 'hot' ? undefined : found;
    if (held !== undefined && held.ttlMs > 0) {
      this.#state.counters.serveHits++;
      return this.#answerHeld(key, held, received);
    }
    checkKey(key);
    if (asOwner && !this.#state.peers.actsAsOwner(key)) throw this.#state.peers.whyNoOwner();
    const options = this.#state.named(received);
    this.#state.holdings.missed(key);
    this.#state.holdings.demand.missed(key); // whoever asks takes this member for the owner
    return waitFor(this.#freshness.load(key, held, options), options, this.#state.clock);
  }

  /** What `Group.answerHeld` does. */
  answerHeld(
    bytes: Uint8Array,
    start: number,
    end: number,
    from: 'client' | 'peer',
    traceparent: string,
  ): HeldEntry | undefined {
    const { tracing } = this.#state;
    if (this.#state.hears('hit')) return undefined;
    if (tracing !== undefined && isToBeRecorded(tracing, traceparent, from)) return undefined;
    const held = this.#state.holdings.findBytes(bytes, start, end);
    if (held === undefined || !(held.ttlMs > 0)) return undefined;
    if (from === 'peer' && held.source === 'hot') return undefined;
    const { counters, limits } = this.#state;
    if (from === 'client') {
      counters.hits++;
      if (tracing !== undefined && traceparent === '') tracing.passed();
    } else {
      counters.serves++;
      counters.serveHits++;
    }
    if (held.isAbsent) throw notFound(decoder.decode(bytes.subarray(start, end)));
    if (held.ttlMs < limits.refreshAheadMs) {
      this.#freshness.afterHit(decoder.decode(bytes.subarray(start, end)), held.ttlMs, held.source, NO_OPTIONS);
    }
    return held;
  }

  #answerHeld(key: string, held: Answer, options: CallOptions): Answer {
    if (this.#state.hears('hit'))
      this.#state.tell(key, options, { step: 'hit', from: held.source === 'main' ? 'main' : 'hot' });
    if (held.value === ABSENT) throw notFound(key);
    this.#freshness.afterHit(key, held.ttlMs, held.source, options);
    return held;
  }
}
