import { RANDOM_SEED } from '@ringcache/engine';

import { graceMsOf } from './changing-limits.js';
import type { Answer, CallOptions, Change, Clock } from './contracts.js';
import { CacheError } from './errors.js';
import type { GroupEvent, Hears, Observer, Step } from './events.js';
import { GroupMeasures } from './group-measures.js';
import { type GroupLimits, type GroupOptions, limitsOf } from './group-options.js';
import { Holdings } from './holdings.js';
import type { Subject } from './in-span.js';
import type { ViewMember } from './membership/view.js';
import type { Peers } from './peers.js';
import { Counters } from './stats.js';
import { sampledTraceId, type Tracing } from './tracing.js';

/** What loading, fetching and writing share: what the group holds, its limits, and how it tells of its steps. */
export class GroupState {
  readonly name: string;
  readonly limits: GroupLimits;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly holdings: Holdings;
  readonly counters = new Counters();
  readonly measures = new GroupMeasures();
  /** Of the hash of keys: where chance is given from outside, it is too, so that a run can be had again. */
  readonly hashSeed: number;
  /** undefined: no request is recorded. */
  readonly tracing: Tracing | undefined;
  readonly #random: () => number;
  readonly #observe: Observer | undefined;
  readonly #hears: Hears | undefined;

  constructor(options: GroupOptions) {
    this.name = options.name;
    this.limits = limitsOf(options);
    this.peers = options.peers;
    this.clock = options.clock;
    this.hashSeed = options.random === undefined ? RANDOM_SEED : Math.floor(options.random() * 2 ** 32);
    this.holdings = new Holdings({
      ...this.limits,
      graceMs: graceMsOf(this.limits),
      hashSeed: this.hashSeed,
      clock: options.clock,
      peers: options.peers,
    });
    this.#random = options.random ?? Math.random;
    this.#observe = options.observe;
    this.#hears = options.hears;
    this.tracing = options.tracing;
  }

  /** Somebody listens to such steps: ask before making one that costs more than its object, or that comes with every hit. */
  hears(step: Step['step']): boolean {
    return this.#observe !== undefined && (this.#hears === undefined || this.#hears(step));
  }

  /** The options of a request that begins here: if somebody listens, it gets an id by which its steps can be told. */
  named(options: CallOptions): CallOptions {
    if (this.#observe === undefined || options.requestId !== undefined) return options;
    const id = Math.floor(this.#random() * 2 ** 32);
    // One by one: transports give objects whose signal is made when it is asked for, which a spread would leave out.
    const { signal, timeoutMs, trace } = options;
    return { signal, timeoutMs, trace, requestId: id.toString(16).padStart(8, '0') };
  }

  tell(key: string, options: CallOptions, step: Step): void {
    if (this.#observe === undefined) return;
    // Into the step itself, which is nobody else's: a copy costs more than all the rest here.
    const event: GroupEvent = Object.assign(step, { group: this.name, key, requestId: options.requestId });
    const traceId = sampledTraceId(options.trace);
    this.#observe(traceId === undefined ? event : Object.assign(event, { traceId }));
  }

  /** A request has come; if somebody hears of that, it has an id from here on. */
  received(key: string, options: CallOptions, from: 'client' | 'peer'): CallOptions {
    if (!this.hears('received')) return options;
    const named = this.named(options);
    this.tell(key, named, { step: 'received', from });
    return named;
  }

  /** Whose the key is; undefined: this node's. */
  pickOwner(key: string, options: CallOptions): ViewMember | undefined {
    const { ring, self } = this.peers;
    const owner = ring.owner(key);
    if (this.hears('pick')) {
      const { hash, point } = ring.locate(key);
      this.tell(key, options, { step: 'pick', hash, point, owner: owner.id, self: owner.id === self.id });
    }
    return owner.id === self.id ? undefined : owner;
  }

  /** A change as spans tell of it. */
  subjectOf({ op, key }: Change): Subject {
    return { method: op === 'set' ? 'Set' : 'Delete', group: this.name, key };
  }

  /**
   * Stores an entry; in hot, for a short time only. One that is too large for its cache is not stored, nor one whose time to live
   * is 0.
   * @param epoch when the entry was asked for: of the ownership, and for a copy of the owner's grant.
   */
  store(
    place: 'main' | 'hot',
    key: string,
    entry: Pick<Answer, 'value' | 'version' | 'ttlMs'>,
    options: CallOptions,
    epoch: number,
  ): void {
    const ttlMs = place === 'main' ? entry.ttlMs : Math.min(entry.ttlMs, this.limits.hotTtlMs);
    if (!(ttlMs > 0)) {
      if (place === 'main') this.holdings.drop(key); // what was held is of no account any more
      return;
    }
    if (!this.holdings.keep(place, key, entry.value, entry.version, ttlMs, epoch)) return;
    this.tell(key, options, { step: 'stored', in: place, bytes: entry.value.byteLength, ttlMs });
  }

  /** Returns a time to live that is shortened by chance, by default the group's. */
  lifeOf(ttlMs = this.limits.ttlMs): number {
    if (ttlMs === Number.POSITIVE_INFINITY || ttlMs === 0) return ttlMs;
    return ttlMs * (1 - this.limits.ttlJitter * this.#random());
  }

  /** @throws {CacheError} `invalid_argument`, `too_large`. */
  checkValue(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw new CacheError('invalid_argument', 'a value must be a Uint8Array');
    const { maxValueBytes } = this.limits;
    if (value.byteLength <= maxValueBytes) return;
    throw new CacheError('too_large', `the value has ${value.byteLength} bytes; the limit is ${maxValueBytes}`);
  }
}
