import type { Answer, CallOptions, Entry, Loaded, Loader } from './contracts.js';
import { CacheError } from './errors.js';
import { type Flight, Flights } from './flights.js';
import type { GroupState } from './group-state.js';
import { Handoff } from './handoff.js';
import { ABSENT } from './holdings.js';
import { startLoad } from './in-span.js';
import type { LimitReport } from './limit-report.js';
import type { TraceContext } from './tracing.js';
import type { WarmRestart } from './warm-restart.js';

/** Loads from the origin, once for all who ask at a time; after a change of the ring, from the owner before if it can. */
export class Loading {
  readonly #state: GroupState;
  readonly #load: Loader | undefined;
  readonly #handoff: Handoff;
  readonly #warmRestart: WarmRestart | undefined;
  readonly flights: Flights<Answer>;

  constructor(state: GroupState, load: Loader | undefined, warmRestart?: WarmRestart) {
    this.#state = state;
    this.#load = load;
    this.#handoff = new Handoff(state, load !== undefined);
    this.#warmRestart = warmRestart;
    this.flights = new Flights({
      clock: state.clock,
      timeoutMs: state.limits.flightTimeoutMs,
      onDeadline: (key, error) => this.#note(key, error, state.limits.flightTimeoutMs),
    });
  }

  limits(): LimitReport[] {
    return [...this.flights.limits('loads'), ...this.#handoff.limits(), ...(this.#warmRestart?.limits() ?? [])];
  }

  /** Whether there is a loader: else what is not held is not there. */
  get hasOrigin(): boolean {
    return this.#load !== undefined;
  }

  /**
   * Loads a key. The value is kept if this member acts as the key's owner all the while; else callers do not share a load, but
   * each waits for one that began after it asked.
   * @throws {CacheError} `not_found`, an answer; `too_large`, `deadline`; what the loader throws, or `internal` for it.
   */
  join(key: string, options: CallOptions): Promise<Answer> {
    if (this.#state.hears('joined') && this.flights.has(key))
      this.#state.tell(key, options, { step: 'joined', flight: 'load' });
    const { peers } = this.#state;
    const epoch = peers.actsAsOwner(key) ? peers.ownership.epoch : 0; // what another member may write is not to be shared
    return this.flights.join(key, (flight) => this.#fly(key, flight, options), epoch);
  }

  /**
   * Takes note of a change of the key: what a dump holds of it is not wanted any more, nor what a previous owner does, unless that
   * one made the change.
   */
  changed(key: string, { byOwnerBefore = false } = {}): void {
    this.flights.fence(key);
    if (!byOwnerBefore) this.#handoff.changed(key);
    this.#warmRestart?.changed(key);
  }

  /** Returns what this member held of a key when it last owned it, or what the owner before it did. */
  async handOver(key: string, options: CallOptions): Promise<Entry | undefined> {
    const { holdings, peers } = this.#state;
    return holdings.handOver(key) ?? (peers.owns(key) ? undefined : await this.#handoff.ask(key, options));
  }

  /** {@link changed} for every key. */
  cleared({ byOwnerBefore = false } = {}): void {
    this.flights.fenceAll();
    if (!byOwnerBefore) this.#handoff.cleared();
    this.#warmRestart?.cleared();
  }

  async #fly(key: string, flight: Flight, options: CallOptions): Promise<Answer> {
    const state = this.#state;
    const startedAt = state.clock.now();
    const { epoch } = state.peers.ownership;
    const handed = state.peers.owns(key) ? await this.#handoff.ask(key, options) : undefined;
    if (handed !== undefined) {
      if (!flight.fenced) state.store('main', key, handed, options, epoch);
      return handed;
    }
    if (flight.fenced) {
      // A write has passed while previous owners were asked: whoever came after it began a load, and one is enough.
      if (flight.signal.aborted) throw new CacheError('deadline', 'the time was up before the origin was asked');
      const held = state.holdings.find(key);
      return held !== undefined && held.value !== ABSENT && held.ttlMs > 0 ? held : this.join(key, options);
    }
    const loaded = await this.#ask(key, flight, options);
    const ms = state.clock.now() - startedAt;
    if (loaded === undefined) {
      state.tell(key, options, { step: 'absent', ms });
      const ttlMs = state.limits.negativeTtlMs;
      // Also with 0: what was held of it is gone then, expired or not.
      if (!flight.fenced) state.store('main', key, { value: ABSENT, version: 0, ttlMs }, options, epoch);
      throw notFound(key);
    }
    state.tell(key, options, { step: 'loaded', ms, bytes: loaded.value.byteLength });
    const entry = { value: loaded.value, version: 0, ttlMs: state.lifeOf(loaded.ttlMs) };
    if (!flight.fenced) state.store('main', key, entry, options, epoch); // not kept where it is another member's
    return { ...entry, source: 'load', servedBy: state.peers.self.id };
  }

  async #ask(key: string, flight: Flight, options: CallOptions) {
    if (this.#load === undefined) return undefined;
    const state = this.#state;
    const startedAt = state.clock.now();
    state.counters.loads++;
    const span = startLoad(state.tracing, state.name, key, options.trace, flight);
    const trace = span === undefined ? (options.trace ?? state.tracing?.unsampled()) : span.context;
    try {
      const loaded = await this.#load(key, contextOf(flight, options, trace));
      const checked = loaded === undefined ? undefined : this.#checked(loaded);
      span?.set({ 'ringcache.found': checked !== undefined });
      span?.end();
      return checked;
    } catch (error) {
      const failure = CacheError.from(error);
      span?.end(failure);
      if (failure.code === 'not_found') return undefined; // said as an error, meant as an answer
      state.counters.loadErrors++;
      const { code, message } = failure;
      const ms = state.clock.now() - startedAt;
      if (!flight.signal.aborted) this.#note(key, failure, ms); // else it was, when its time was up
      state.tell(key, options, { step: 'load_failed', ms, code, message });
      throw failure;
    } finally {
      state.measures.loadMs.record(state.clock.now() - startedAt);
    }
  }

  /** For the operator, who asks why loads fail. */
  #note(key: string, { code, message }: CacheError, ms: number): void {
    const { measures, clock } = this.#state;
    measures.failures.add({ at: clock.now(), key, code, message, ms });
  }

  #checked(loaded: Loaded): { value: Uint8Array; ttlMs: number | undefined } {
    const { value, ttlMs } = loaded instanceof Uint8Array ? { value: loaded, ttlMs: undefined } : loaded;
    this.#state.checkValue(value);
    if (ttlMs === undefined || ttlMs >= 0) return { value, ttlMs };
    throw new CacheError('invalid_argument', `the loader gave a ttlMs of ${ttlMs}: it must be 0 or more`);
  }
}

function contextOf(flight: Flight, options: CallOptions, trace: TraceContext | undefined): Parameters<Loader>[1] {
  return {
    requestId: options.requestId,
    trace,
    get signal() {
      return flight.signal;
    },
  };
}

export function notFound(key: string): CacheError {
  const SHOWN = 100; // characters: keys are strangers' text, and errors end up in logs
  return new CacheError('not_found', `no such key: ${JSON.stringify(key.slice(0, SHOWN))}`);
}
