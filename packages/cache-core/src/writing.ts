// A write happens at the key's owner: it gives the key a new version, fences the key's flights, applies the change, and then
// tells every member that may hold a copy to drop it. Once all have acknowledged, no later get anywhere returns an older
// value. Who did not is told again as soon as it shows itself; until then it can go on with its copy for a limited time.

import type { CallOptions, Change, WriteResult } from './contracts.js';
import { CacheError, nobodyAnswered } from './errors.js';
import type { Fetching } from './fetching.js';
import { waitFor } from './flights.js';
import type { GroupState } from './group-state.js';
import { startAsking, within } from './in-span.js';
import type { Loading } from './loading.js';
import type { Member } from './member.js';
import { checkKey } from './validate.js';
import { Versions } from './versions.js';

/** Of the time that a caller gives, what members get to acknowledge a write; the rest is for the way back. */
const TELLING_SHARE = 0.8;
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

export class Writing {
  readonly #state: GroupState;
  readonly #loading: Loading;
  readonly #fetching: Fetching;
  readonly #versions: Versions;

  constructor(state: GroupState, loading: Loading, fetching: Fetching) {
    this.#state = state;
    this.#loading = loading;
    this.#fetching = fetching;
    this.#versions = new Versions(state.limits.epoch);
  }

  /** Makes a change at the key's owner, for a client. Errors as with `Group.write`. */
  async write(change: Change, given: CallOptions): Promise<WriteResult> {
    this.check(change);
    const options = this.#state.named(this.#state.received(change.key, given, 'client'));
    const owner = this.#state.pickOwner(change.key, options);
    if (owner === undefined) return this.own(change, options);
    return waitFor(this.#writeAt(owner, change, options), options, this.#state.clock);
  }

  async #writeAt(owner: Member, change: Change, options: CallOptions): Promise<WriteResult> {
    try {
      const result = await this.#askOwner(owner, change, options);
      this.drop(change.key, result.version, options); // this node may not be in the owner's ring yet
      return result;
    } catch (error) {
      if (change.op === 'set' || !(nobodyAnswered(error) || isUnavailable(error))) throw error;
      return this.own(change, options);
    }
  }

  /** A member that is known to be silent is not waited for, nor one that falls silent meanwhile. */
  async #askOwner(owner: Member, change: Change, options: CallOptions): Promise<WriteResult> {
    const { peers, tracing, name } = this.#state;
    if (!peers.breakers.admits(owner.id)) {
      throw new CacheError('unavailable', `${owner.id}, which owns the key, does not answer`);
    }
    const span = startAsking(tracing, owner, this.#state.subjectOf(change), options.trace);
    const call = span === undefined ? options : within(options, span.context);
    const askedAt = this.#state.clock.now();
    try {
      const result = await peers.breakers.unlessSilent(owner.id, peers.client(owner).write(name, change, call));
      peers.breakers.answered(owner.id);
      span?.end();
      return result;
    } catch (error) {
      span?.end(error);
      if (!nobodyAnswered(error)) peers.breakers.answered(owner.id);
      else if (!options.signal?.aborted && options.timeoutMs === undefined) peers.breakers.failed(owner.id, askedAt);
      throw error;
    }
  }

  /**
   * Makes a change as the key's owner. Where the caller's time is up before all members have acknowledged, they count as
   * missing.
   * @throws {CacheError} `invalid_argument`, `too_large`; `unavailable`: this member is cut off from the others, or leaves;
   * `deadline`: the caller's signal was aborted. The change may have been made then.
   */
  async own(change: Change, options: CallOptions): Promise<WriteResult> {
    this.check(change);
    const { key } = change;
    const term = this.#begin();
    const version = this.#versions.next();
    this.#forget(key);
    if (change.op === 'set') {
      const ttlMs = this.#state.lifeOf(change.ttlMs);
      // Under rings that disagree it may not be this member's key: then it must not be kept for long.
      const place = this.#state.peers.owns(key) ? 'main' : 'hot';
      this.#state.store(place, key, { value: change.value, version, ttlMs }, options, term);
    }
    return waitFor(this.#tell(change.op, key, version, term, options), options, this.#state.clock);
  }

  /** Deletes every key of the group, here and on every other member. Errors as with {@link own}. */
  async clear(options: CallOptions): Promise<WriteResult> {
    const term = this.#begin();
    const version = this.#versions.next();
    this.forgetAll();
    return waitFor(this.#tell('clear', undefined, version, term, options), options, this.#state.clock);
  }

  /** Forgets a key that another member wrote; undefined: all keys. */
  drop(key: string | undefined, version: number, options: CallOptions): void {
    if (key !== undefined) checkKey(key);
    this.#versions.observe(version);
    if (key === undefined) this.forgetAll();
    else if (!this.#forget(key)) return;
    this.#state.tell(key ?? '', options, { step: 'dropped', version });
  }

  /** Drops everything, and keeps every flight from storing. */
  forgetAll(): void {
    this.#loading.cleared();
    this.#fetching.flights.fenceAll();
    this.#state.holdings.clear();
  }

  /** @throws {CacheError} `invalid_argument`, `too_large`. */
  check(change: Change): void {
    checkKey(change.key);
    if (change.op === 'delete') return;
    this.#state.checkValue(change.value);
    const { ttlMs } = change;
    if (ttlMs !== undefined && !(ttlMs >= 0)) {
      throw new CacheError('invalid_argument', `ttlMs must be 0 or more, got ${ttlMs}`);
    }
  }

  #begin(): number {
    const { pledges } = this.#state.peers;
    if (pledges.mayWrite) return pledges.term;
    throw new CacheError('unavailable', 'this member writes nothing: it has no sure place among the others, or leaves');
  }

  #forget(key: string): boolean {
    this.#loading.changed(key);
    this.#fetching.flights.fence(key);
    return this.#state.holdings.drop(key);
  }

  async #tell(
    op: 'set' | 'delete' | 'clear',
    key: string | undefined,
    version: number,
    term: number,
    options: CallOptions,
  ): Promise<WriteResult> {
    const { peers } = this.#state;
    const missing = await this.#tellMembers(key, version, options);
    // Whoever came meanwhile, while this member was cut off or stood still, may not have been told.
    if (peers.pledges.term !== term) missing.push(peers.self.id);
    this.#state.tell(key ?? '', options, { step: 'written', op, version, missing });
    this.#state.measures.wrote(op, missing.length === 0 ? 'all' : 'partial');
    if (missing.length === 0) return { version, applied: 'all' };
    return { version, applied: 'partial', missing, staleForMs: this.#staleForMs(key, missing) };
  }

  /** Ids of the members that did not acknowledge. */
  async #tellMembers(key: string | undefined, version: number, options: CallOptions): Promise<string[]> {
    const { peers, limits, name, clock } = this.#state;
    const { requestId, trace, timeoutMs: givenMs = Number.POSITIVE_INFINITY } = options;
    const deadline = clock.now() + givenMs * TELLING_SHARE;
    const told = new Set<string>();
    const missing: string[] = [];
    const tell = async (member: Member) => {
      told.add(member.id);
      try {
        const timeoutMs = Math.min(limits.acknowledgeTimeoutMs, Math.max(0, deadline - clock.now()));
        await this.#invalidate(member, key, version, { timeoutMs, requestId, trace });
      } catch {
        missing.push(member.id); // why is of no account: it may not know
        if (!peers.pledges.isFixed) peers.telling.owe(member, { group: name, key, version });
      }
    };
    // Whoever asks to be told while others are being told may have got its copy from one of those.
    for (let untold = peers.told(); untold.length > 0; untold = peers.told().filter(({ id }) => !told.has(id))) {
      await Promise.all(untold.map(tell));
    }
    return missing;
  }

  /** A member that is known to be silent is not waited for, nor one that falls silent meanwhile. */
  async #invalidate(member: Member, key: string | undefined, version: number, call: CallOptions): Promise<void> {
    const { breakers } = this.#state.peers;
    if (breakers.isOpen(member.id)) throw new CacheError('unavailable', `${member.id} does not answer`);
    await breakers.unlessSilent(member.id, this.#state.peers.client(member).drop(this.#state.name, key, version, call));
    breakers.answered(member.id);
  }

  /** With a fixed list nobody else owns the key, so others hold copies, which live short; but the owner keeps what it owns. */
  #staleForMs(key: string | undefined, missing: readonly string[]): number {
    const { peers, limits } = this.#state;
    if (!peers.pledges.isFixed) {
      return peers.pledges.listed && !missing.includes(peers.self.id) ? peers.staleForMs + limits.hotTtlMs : UNBOUNDED;
    }
    const isOwnerMissing = key === undefined || missing.includes(peers.ring.owner(key).id);
    return isOwnerMissing ? UNBOUNDED : limits.hotTtlMs;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'unavailable';
}
