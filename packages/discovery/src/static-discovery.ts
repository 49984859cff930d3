import { CacheError, type Member, shielded, warnOfError } from '@ringcache/cache-core';
import type { ListDiscovery, RegisterOptions, Registration, Snapshot } from './discovery.js';
import { Latest } from './latest.js';
import { byId, checkMember } from './member-record.js';

/** A list that changes only when its process is told to. */
export interface StaticDiscovery extends ListDiscovery {
  /** Replaces the list. @throws {CacheError} `invalid_argument`: not valid members, or one id twice. */
  update(members: readonly Member[]): void;
}

/**
 * Discovery by a list that every process is given alike. Nobody notices members that die.
 *
 * `register()` cannot put anybody in the lists of others: it resolves if the member is listed already, and `leave()` does
 * nothing.
 * @throws {CacheError} `invalid_argument`: not valid members, or one id twice. From `register()`: not in the list.
 */
export function staticDiscovery(members: readonly Member[]): StaticDiscovery {
  const list = new FixedList();
  list.update(members);
  return list;
}

class FixedList implements StaticDiscovery {
  readonly #latest = new Latest<Snapshot>();
  #closed = false;

  update(members: readonly Member[]): void {
    for (const member of members) checkMember(member);
    const sorted = members.map(({ id, grpc, http, weight }) => ({ id, grpc, http, weight })).sort(byId);
    const twice = sorted.find((member, i) => member.id === sorted[i + 1]?.id);
    if (twice !== undefined) throw new CacheError('invalid_argument', `member ${twice.id} is in the list twice`);
    this.#latest.set({ members: sorted, stale: false });
  }

  watch(signal: AbortSignal): AsyncIterable<Snapshot> {
    return this.#latest.read(signal);
  }

  async register(member: Member, options: RegisterOptions = {}): Promise<Registration> {
    const { signal, onEvent = () => {} } = options;
    checkMember(member);
    if (signal?.aborted) throw new CacheError('deadline', `gave up registering ${member.id}`, { cause: signal.reason });
    if (this.#closed) throw new CacheError('unavailable', 'the discovery is closed');
    const listed = () => this.#latest.value?.members.some(({ id }) => id === member.id) ?? false;
    if (!listed()) throw new CacheError('invalid_argument', `member ${member.id} is not in the static list`);
    shielded(onEvent, warnOfError)({ kind: 'registered', again: false, ttlMs: Number.POSITIVE_INFINITY });
    return { registered: listed, leave: async () => {} };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#latest.end();
  }
}
