import { ChangedKeys } from './changed-keys.js';
import type { Answer, CallOptions, Entry } from './contracts.js';
import { CacheError, nobodyAnswered } from './errors.js';
import type { GroupState } from './group-state.js';
import type { LimitReport } from './limit-report.js';
import type { ViewMember } from './membership/view.js';

/** Share of a load's time that the owner before may take: it only looks in memory, but it may be as busy as the ring is new. */
const PEEK_SHARE = 1 / 4;

/** After a change of the ring: asks the owner before it for what it holds, so that the origin is not asked again. */
export class Handoff {
  readonly #state: GroupState;
  readonly #hasOrigin: boolean;
  readonly #changed = new ChangedKeys(); // since the ring changed
  readonly #asking = new Set<string>();

  constructor(state: GroupState, hasOrigin: boolean) {
    this.#state = state;
    this.#hasOrigin = hasOrigin;
  }

  limits(): LimitReport[] {
    return this.#changed.limits('keys changed since the ring');
  }

  /** Notes that a key was written since the ring changed: an owner before that was not told may hold an older value. */
  changed(key: string): void {
    if (this.#isOpen()) this.#changed.add(key);
  }

  /** {@link changed} for every key. */
  cleared(): void {
    if (this.#isOpen()) this.#changed.addAll();
  }

  /**
   * Asks the owner before, which asks the one before itself if it has to.
   * Returns undefined if there is none to be asked, or it holds nothing of the key: then it has to be loaded.
   * @throws {CacheError} `unavailable`: it does not answer, it is in the ring, and there is no origin to ask instead.
   */
  async ask(key: string, options: CallOptions): Promise<Answer | undefined> {
    const { peers } = this.#state;
    if (!this.#isOpen() || this.#changed.has(key)) return undefined;
    const member = peers.ownerBefore(key);
    if (member === undefined || this.#asking.has(key)) return undefined; // else owners that take turns would ask each other
    this.#asking.add(key);
    try {
      return await this.#ask(member, key, options);
    } finally {
      this.#asking.delete(key);
    }
  }

  async #ask(member: ViewMember, key: string, options: CallOptions): Promise<Answer | undefined> {
    const { peers, clock, name, counters, limits } = this.#state;
    if (!peers.breakers.admits(member.id)) return this.#missing(member);
    const startedAt = clock.now();
    const { requestId, trace } = options;
    const call = { timeoutMs: limits.flightTimeoutMs * PEEK_SHARE, requestId, trace };
    let entry: Entry | undefined;
    try {
      entry = await peers.breakers.unlessSilent(member.id, peers.client(member).peek(name, key, call));
      peers.breakers.answered(member.id);
    } catch (error) {
      if (!nobodyAnswered(error)) {
        peers.breakers.answered(member.id); // it may not know the group
        return undefined;
      }
      peers.breakers.failed(member.id, startedAt);
      return this.#missing(member);
    }
    if (entry === undefined || this.#changed.has(key)) return undefined;
    counters.handoffs++;
    const ms = clock.now() - startedAt;
    this.#state.tell(key, options, { step: 'handed_over', from: member.id, ms, bytes: entry.value.byteLength });
    return { ...entry, source: 'main', servedBy: member.id };
  }

  /** One that has left, or died, holds nothing; of one that is silent nobody knows, but an origin knows as well. */
  #missing(member: ViewMember): undefined {
    if (this.#hasOrigin || !this.#state.peers.ring.has(member.id)) return undefined;
    throw new CacheError('unavailable', `${member.id}, which owned the key before, does not answer`);
  }

  #isOpen(): boolean {
    if (this.#state.peers.isHandingOff) return true;
    this.#changed.forget(); // not sooner: with the next change of the ring the same owners before may be asked again
    return false;
  }
}
