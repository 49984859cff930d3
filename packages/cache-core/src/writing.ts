// A write happens at the key's owner: it gives the key a new version, fences the key's flights, applies the change, and then
// tells every member to drop its copies. Once all have acknowledged, no later get anywhere returns an older value; a member
// that did not can go on with its copy for as long as copies live.

import type { CallOptions, Change, WriteResult } from './contracts.js';
import { CacheError } from './errors.js';
import type { Fetching } from './fetching.js';
import type { GroupState } from './group-state.js';
import type { Loading } from './loading.js';
import { checkKey } from './validate.js';
import { Versions } from './versions.js';

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

  /** Makes a change as the key's owner. @throws {CacheError} `invalid_argument`, `too_large`. */
  async own(change: Change, options: CallOptions): Promise<WriteResult> {
    this.check(change);
    const { key } = change;
    const version = this.#versions.next();
    this.#forget(key);
    if (change.op === 'set') {
      const ttlMs = this.#state.lifeOf(change.ttlMs);
      // Under rings that disagree it may not be this member's key: then it must not be kept for long.
      const place = this.#state.peers.owns(key) ? 'main' : 'hot';
      this.#state.store(place, key, { value: change.value, version, ttlMs }, options);
    }
    const missing = await this.#tellMembers(key, version, options);
    this.#state.tell(key, options, { step: 'written', op: change.op, version, missing });
    if (missing.length === 0) return { version, applied: 'all' };
    return { version, applied: 'partial', missing, staleForMs: this.#staleForMs(key, missing) };
  }

  /** Forgets a key that another member wrote. */
  drop(key: string, version: number, options: CallOptions): void {
    checkKey(key);
    this.#versions.observe(version);
    if (this.#forget(key)) this.#state.tell(key, options, { step: 'dropped', version });
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

  /** Members keep copies for a short time; but an owner, away while another wrote for it, keeps what it owns. */
  #staleForMs(key: string, missing: readonly string[]): number {
    const owner = this.#state.peers.ring.owner(key).id;
    return missing.includes(owner) ? Number.MAX_SAFE_INTEGER : this.#state.limits.hotTtlMs;
  }

  #forget(key: string): boolean {
    this.#loading.changed(key);
    this.#fetching.flights.fence(key);
    return this.#state.holdings.drop(key);
  }

  /** Ids of the members that did not acknowledge. */
  async #tellMembers(key: string, version: number, options: CallOptions): Promise<string[]> {
    const { peers, limits, name } = this.#state;
    const call: CallOptions = { timeoutMs: limits.acknowledgeTimeoutMs, requestId: options.requestId };
    const others = peers.others();
    const results = await Promise.allSettled(
      others.map((member) => peers.client(member).drop(name, key, version, call)),
    );
    return others.filter((_, i) => results[i]!.status === 'rejected').map((member) => member.id);
  }
}
