// A write happens at the key's owner: it gives the key a new version, fences the key's flights, applies the change, and then
// sends an invalidation to every member that may hold a copy. Once all have acknowledged, no later get anywhere returns an
// older value. A member that did not is told again as soon as it shows itself; until then it gets no grant, so that its copies
// are served for a limited time only.

import type { CallOptions, Change, Invalidation, WriteResult } from './contracts.js';
import { CacheError, nobodyAnswered } from './errors.js';
import type { Fetching } from './fetching.js';
import { waitFor } from './flights.js';
import type { GroupState } from './group-state.js';
import { startAsking, within } from './in-span.js';
import type { Loading } from './loading.js';
import { keyOf, type ViewMember } from './membership/view.js';
import { checkKey } from './validate.js';
import { Versions } from './versions.js';

/** Of the time that a caller gives, what members get to acknowledge a write; the rest is for the way back. */
const TELLING_SHARE = 0.8;
const UNBOUNDED = Number.MAX_SAFE_INTEGER;
const MAX_ROUNDS = 3; // of telling the members of one view

type Op = 'set' | 'delete' | 'clear';

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
  async write(given: Change, call: CallOptions): Promise<WriteResult> {
    const change = this.#checked(given);
    const { peers, clock } = this.#state;
    const options = this.#state.named(this.#state.received(change.key, call, 'client'));
    const giveUpAt = clock.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
    const written = peers.untilOwned(() => this.#attempt(change, options), options.timeoutMs);
    return waitFor(
      written.catch((error: unknown) => {
        // Not once its time is up, as when the process stood still: the key may have been set anew since.
        if (clock.now() > giveUpAt) throw error;
        return this.#withoutOwner(change, options, error);
      }),
      options,
      clock,
    );
  }

  async #attempt(change: Change, options: CallOptions): Promise<WriteResult> {
    const owner = this.#state.pickOwner(change.key, options);
    if (owner === undefined) return this.own(change, options);
    const result = await this.#askOwner(owner, change, options);
    // This node may not be in the owner's ring yet; or it is the owner itself by now.
    this.drop({ key: change.key, version: result.version, keepsOwned: true }, options);
    return result;
  }

  /** Nobody acts as the owner. What a delete says to all members they know; a value that is set nobody would keep. */
  #withoutOwner(change: Change, options: CallOptions, error: unknown): Promise<WriteResult> {
    if (change.op === 'set' || !(nobodyAnswered(error) || isUnavailable(error))) throw error;
    const { key } = change;
    const version = this.#versions.next();
    this.#forget(key);
    return this.#tell('delete', key, version, options);
  }

  /** A member that is known to be silent is not waited for, nor one that falls silent meanwhile. */
  async #askOwner(owner: ViewMember, change: Change, options: CallOptions): Promise<WriteResult> {
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
   * @throws {CacheError} `invalid_argument`; `too_large`: also where the group has no room for it beside what is asked for more, and
   * then the key is deleted; `not_owner`, `unavailable`: this member does not act as the owner;
   * `deadline`: the caller's signal was aborted. The change may have been made then.
   */
  async own(given: Change, options: CallOptions): Promise<WriteResult> {
    const change = this.#checked(given);
    const { key } = change;
    const { peers } = this.#state;
    if (!peers.actsAsOwner(key)) throw peers.whyNoOwner();
    const { epoch } = peers.ownership;
    if (change.op === 'set' && !this.#state.holdings.hasRoomFor(key, change.value)) throw this.#noRoom(change.value);
    const version = this.#versions.next();
    this.#forget(key);
    if (change.op === 'set') {
      const ttlMs = change.ttlMs ?? this.#state.lifeOf();
      this.#state.store('main', key, { value: change.value, version, ttlMs }, options, epoch);
    }
    const isKept = change.op === 'delete' || this.#state.holdings.main.locate(key) !== 0;
    const told = waitFor(this.#tellAsOwner(change, version, options), options, this.#state.clock);
    if (isKept) return told;
    await told; // the older value is gone, and copies of it have to go
    throw this.#noRoom((change as { value: Uint8Array }).value);
  }

  #noRoom({ byteLength }: Uint8Array): CacheError {
    const { name, limits } = this.#state;
    return new CacheError(
      'too_large',
      `the value has ${byteLength} bytes, for which ${name} with ${limits.maxBytes} has no room`,
    );
  }

  /**
   * Deletes every key of the group, here and on every other member.
   * @throws {CacheError} `unavailable`: this member is in no ring, or cut off; `deadline`.
   */
  async clear(options: CallOptions): Promise<WriteResult> {
    const { peers } = this.#state;
    if (!peers.mayAct)
      throw new CacheError('unavailable', `${peers.self.id} is in no ring yet, or cut off from the others`);
    const version = this.#versions.next();
    this.forgetAll();
    return waitFor(this.#tell('clear', undefined, version, options), options, this.#state.clock);
  }

  /** Forgets what another member changed. */
  drop({ key, version, keepsOwned }: Invalidation, options: CallOptions): void {
    if (key !== undefined) checkKey(key);
    this.#versions.observe(version);
    const { peers } = this.#state;
    if (key === undefined) this.forgetAll({ keepOwned: keepsOwned && peers.mayAct });
    else if (!this.#forget(key, { keepOwned: keepsOwned && peers.actsAsOwner(key) })) return;
    this.#state.tell(key ?? '', options, { step: 'dropped', version });
  }

  /** Drops everything, or all copies, and keeps every flight from storing. */
  forgetAll({ keepOwned = false } = {}): void {
    this.#loading.cleared({ byOwnerBefore: keepOwned });
    this.#fetching.flights.fenceAll();
    if (keepOwned) this.#state.holdings.hot.clear();
    else this.#state.holdings.clear();
  }

  /** Returns the change, or a delete in place of a set that is not to be kept. @throws {CacheError} `invalid_argument`, `too_large`. */
  #checked(change: Change): Change {
    checkKey(change.key);
    if (change.op === 'delete') return change;
    this.#state.checkValue(change.value);
    const { key, ttlMs = this.#state.limits.ttlMs } = change;
    if (!(ttlMs >= 0)) throw new CacheError('invalid_argument', `ttlMs must be 0 or more, got ${ttlMs}`);
    return ttlMs === 0 ? { op: 'delete', key } : change;
  }

  #forget(key: string, { keepOwned = false } = {}): boolean {
    this.#loading.changed(key, { byOwnerBefore: keepOwned });
    this.#fetching.flights.fence(key);
    if (keepOwned) return this.#state.holdings.hot.delete(key);
    return this.#state.holdings.drop(key);
  }

  /**
   * Tells the members that may hold copies. All know only if this member acted as the owner in one view from the beginning of a
   * round to its end; where the view changed meanwhile, the next round begins in that.
   */
  async #tellAsOwner({ op, key }: Change, version: number, options: CallOptions): Promise<WriteResult> {
    const { peers } = this.#state;
    const { epoch } = peers.ownership;
    const actedSince = () => peers.actsAsOwner(key) && peers.ownership.ownedSince(key, epoch);
    const deadline = this.#deadlineOf(options);
    let missing: string[] = [];
    let hasActed = false;
    for (let round = 0; round < MAX_ROUNDS && !hasActed; round++) {
      const { viewId } = peers;
      if (!actedSince()) break;
      // Where nobody exchanges anything, two members may take themselves for the owner for a while.
      const invalidation = { key, version, keepsOwned: peers.exchanges };
      missing = await this.#invalidateAll(() => peers.invalidationTargets(), invalidation, options, deadline);
      hasActed = actedSince() && peers.viewId === viewId;
    }
    const staleForMs = peers.exchanges ? peers.waitMs : this.#state.limits.hotTtlMs;
    if (hasActed) return this.#written({ op, key, version, missing, staleForMs }, options);
    return this.#written({ op, key, version, missing: [...missing, peers.self.id], staleForMs: UNBOUNDED }, options);
  }

  /** Tells all members, of which one may act as the owner: what those that miss it hold has no bound. */
  async #tell(
    op: 'delete' | 'clear',
    key: string | undefined,
    version: number,
    options: CallOptions,
  ): Promise<WriteResult> {
    const { peers } = this.#state;
    const { viewId } = peers;
    const targets = () => [
      ...new Map([...peers.invalidationTargets(), ...peers.others()].map((each) => [each.id, each])).values(),
    ];
    const invalidation = { key, version, keepsOwned: false };
    const missing = await this.#invalidateAll(targets, invalidation, options, this.#deadlineOf(options));
    if (op === 'delete') missing.push(...this.#ownerOf(key!, missing));
    else if (!peers.mayAct || !peers.isActive || peers.viewId !== viewId) missing.push(peers.self.id);
    return this.#written({ op, key: key ?? '', version, missing, staleForMs: UNBOUNDED }, options);
  }

  /** The owner, which did not make the change itself: it may give the old value to a member that was told. */
  #ownerOf(key: string, missing: readonly string[]): string[] {
    const { id } = this.#state.peers.ring.owner(key);
    return missing.includes(id) ? [] : [id];
  }

  #deadlineOf({ timeoutMs = Number.POSITIVE_INFINITY }: CallOptions): number {
    return this.#state.clock.now() + timeoutMs * TELLING_SHARE;
  }

  #written(
    {
      op,
      key,
      version,
      missing,
      staleForMs,
    }: { op: Op; key: string; version: number; missing: string[]; staleForMs: number },
    options: CallOptions,
  ): WriteResult {
    this.#state.tell(key, options, { step: 'written', op, version, missing });
    this.#state.measures.wrote(op, missing.length === 0 ? 'all' : 'partial');
    return missing.length === 0 ? { version, applied: 'all' } : { version, applied: 'partial', missing, staleForMs };
  }

  /** Returns the ids of the members that did not acknowledge. */
  async #invalidateAll(
    targets: () => readonly ViewMember[],
    invalidation: Invalidation,
    { requestId, trace }: CallOptions,
    deadline: number,
  ): Promise<string[]> {
    const { peers, limits, name, clock } = this.#state;
    // Told again, it may come after what was set since; only an origin still has that.
    const keepsOwned = invalidation.keepsOwned || !this.#loading.hasOrigin;
    const told = new Set<string>();
    const missing = new Set<string>();
    const invalidate = async (member: ViewMember) => {
      told.add(keyOf(member));
      try {
        const timeoutMs = Math.min(limits.acknowledgeTimeoutMs, Math.max(0, deadline - clock.now()));
        await this.#invalidate(member, invalidation, { timeoutMs, requestId, trace });
      } catch {
        missing.add(member.id); // why is of no account: it may not know
        if (peers.exchanges) peers.invalidations.queueMissed(member, { ...invalidation, group: name, keepsOwned });
      }
    };
    // A member that asks for a grant while others are told may have got its copy from one of those.
    for (let untold = targets(); untold.length > 0; untold = targets().filter((each) => !told.has(keyOf(each)))) {
      await Promise.all(untold.map(invalidate));
    }
    return [...missing];
  }

  /** A member that is known to be silent is not waited for, nor one that falls silent meanwhile. */
  async #invalidate(member: ViewMember, invalidation: Invalidation, call: CallOptions): Promise<void> {
    const { peers, name } = this.#state;
    if (peers.isSilent(member)) throw new CacheError('unavailable', `${member.id} does not answer`);
    await peers.breakers.unlessSilent(member.id, peers.client(member).drop(name, invalidation, call));
    peers.breakers.answered(member.id);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'unavailable';
}
