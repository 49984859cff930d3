import type { CacheError, Member, ViewDirectory } from '@ringcache/cache-core';

/** The members of the cluster at one moment. */
export interface Snapshot {
  /** Sorted by id, in code units. */
  readonly members: readonly Member[];
  /** Discovery is out of reach; this is the last list that it gave. */
  readonly stale: boolean;
}

/** Who is in the cluster, as clients and operators ask for it. Keeps no process alive that has nothing else to do. */
export interface Discovery {
  /**
   * Yields whole lists: the current one first, as soon as it is known, then one for each change of the list or of `stale`.
   * A reader that is slow skips to the newest. Ends when the signal is aborted or the discovery closed. Never throws
   * because the directory is away: the last list stays in force, marked stale. Cost: one watch a call.
   */
  watch(signal: AbortSignal): AsyncIterable<Snapshot>;
  /** Ends every watch and every registration, and frees the connections. Bounded in time; never rejects. */
  close(): Promise<void>;
}

/** A list that others keep (static, DNS, Kubernetes): a member looks for itself in it. */
export interface ListDiscovery extends Discovery {
  /**
   * Waits until the list has the member, and reports from then on when it no longer has it, and when it has it again.
   * Resolves when the member is in the list for the first time; until then it keeps looking.
   * @param options.signal stops the wait for the first time; it has no meaning afterwards.
   * @throws {CacheError} `invalid_argument`: not a valid member, or one that this list can never hold; `deadline`: the signal
   * was aborted first; `unavailable`: the discovery was closed first.
   */
  register(member: Member, options?: RegisterOptions): Promise<Registration>;
}

/** A directory that keeps registrations and the record of the present view (etcd). */
export interface RecordDiscovery extends Discovery {
  readonly cluster: string;
  /** How long a registration lives that nobody renews, in ms; the same on every member. */
  readonly ttlMs: number;
  /**
   * Opens a member's way to the record. Its registration begins with the first `renew`, and ends with `leave` or when the
   * discovery is closed. An id belongs to one process: the one that came last.
   */
  views(options: ViewsOptions): ViewDirectory;
}

export type MemberDiscovery = ListDiscovery | RecordDiscovery;

/** Returns whether the discovery keeps a record of views; if not, every member follows its list on its own. */
export function keepsRecord(discovery: MemberDiscovery): discovery is RecordDiscovery {
  return 'views' in discovery;
}

export interface RegisterOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RegistrationEvent) => void;
}

export interface ViewsOptions {
  readonly onEvent?: ((event: RegistrationEvent) => void) | undefined;
}

/**
 * Why a member can no longer rely on being in the list. `silent`: nobody confirmed it for so long that it may be gone;
 * `expired`: it is gone; `deleted`: somebody else removed it; `overwritten`: another process, or an operator, has put
 * something else in its place.
 */
export type LossReason = 'silent' | 'expired' | 'deleted' | 'overwritten';

/** What happens to a registration. */
export type RegistrationEvent =
  | { readonly kind: 'registered'; readonly again: boolean; readonly ttlMs: number }
  /** @property silentMs time since the last confirmation, on the monotonic clock. */
  | { readonly kind: 'lost'; readonly reason: LossReason; readonly silentMs: number }
  /**
   * The member could not register, or confirm its registration, and goes on trying.
   * @property delayMs for how long further failures are not reported.
   */
  | { readonly kind: 'retrying'; readonly error: CacheError; readonly delayMs: number };

export interface Registration {
  /** Returns whether the last answer had the member, and is not too old. Cost: one read of the clock. */
  registered(): boolean;
  /** Stops looking for the member in the list. Whoever keeps the list takes the member out of it. Never rejects. */
  leave(): Promise<void>;
}

/** A member as the directory lists it. */
export interface Listed extends Member {
  /** Whether it goes by itself when nobody confirms it. */
  readonly leased: boolean;
  /** What is left until then, in ms, of whole seconds; only with a lease. */
  readonly ttlMs?: number;
}

export interface PutOptions {
  /** Goes by itself after so many ms, rounded up to whole seconds; by default it stays until deleted. */
  readonly ttlMs?: number;
  /** Writes over a member that is live under a lease of its own. */
  readonly force?: boolean;
}

/** The member list as an operator edits it. Methods reject with a CacheError, `unavailable` or `deadline` by habit. */
export interface Directory {
  /**
   * Writes a member. `live`: nothing written, as it is in the list under a lease, which writing would take away.
   * @throws {CacheError} `invalid_argument`: not a valid member or TTL.
   */
  put(member: Member, options?: PutOptions): Promise<'written' | 'live'>;
  get(id: string): Promise<Listed | undefined>;
  /** Sorted by id. Entries that are no members are reported to `onError` and left out. Cost: one read, one more per lease. */
  list(): Promise<Listed[]>;
  /** False: there was none. A member that is live puts itself back. */
  delete(id: string): Promise<boolean>;
}
