import type { CacheError, Member } from '@ringcache/cache-core';

/** The members of the cluster at one moment. */
export interface Snapshot {
  /** Sorted by id, in code units. */
  readonly members: readonly Member[];
  /** Discovery is out of reach; this is the last list that it gave. */
  readonly stale: boolean;
}

/** Who is in the cluster, and a way to be in it. Keeps no process alive that has nothing else to do. */
export interface Discovery {
  /** A place in the list can be lost, and others can come: it is no fixed list that everybody has. */
  readonly leased: boolean;
  /**
   * Whole lists: the current one first, as soon as it is known, then one for each change of the list or of `stale`.
   * A reader that is slow skips to the newest. Ends when the signal is aborted or the discovery closed. Never throws
   * because the directory is away: the last list stays in force, marked stale. Cost: one watch a call.
   */
  watch(signal: AbortSignal): AsyncIterable<Snapshot>;
  /**
   * Puts the member in the list until `leave()`, and back in it by itself after a loss, for ever.
   * Resolves when it is in the list for the first time; until then it keeps trying.
   * An id belongs to one process: one that is in the list already is taken over.
   * @param options.signal gives up waiting for the first time; it has no meaning afterwards.
   * @throws {CacheError} `invalid_argument`: not a valid member; `deadline`: the signal was aborted first;
   * `unavailable`: the discovery was closed first.
   */
  register(member: Member, options?: RegisterOptions): Promise<Registration>;
  /** Ends every watch, leaves with every registration, frees the connections. Bounded in time; never rejects. */
  close(): Promise<void>;
}

export interface RegisterOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RegistrationEvent) => void;
  /** Called at each read of the list after which {@link Registration.shown} is true. */
  readonly onShown?: () => void;
}

/**
 * Why a member can no longer rely on being in the list. `silent`: nobody confirmed it for so long that it may be gone;
 * `expired`: it is gone; `deleted`: somebody else removed it; `overwritten`: another process, or an operator, has put
 * something else in its place.
 */
export type LossReason = 'silent' | 'expired' | 'deleted' | 'overwritten';

/** What happens to a registration. After `lost`, writes of other members have been missed until the next `registered`. */
export type RegistrationEvent =
  | { readonly kind: 'registered'; readonly again: boolean; readonly ttlMs: number }
  /** @property silentMs time since the last confirmation, on the monotonic clock. */
  | { readonly kind: 'lost'; readonly reason: LossReason; readonly silentMs: number }
  | { readonly kind: 'retrying'; readonly error: CacheError; readonly delayMs: number };

export interface Registration {
  /**
   * Whether the list is sure to hold the member now. Reads the clock, so it is right even before the `lost` event of a
   * process that was stopped for longer than its TTL. Cost: one read of the clock.
   */
  registered(): boolean;
  /**
   * Whether the lists that this discovery gives were read, as a whole, after the member took its present place in the list.
   * Then whoever is not in them came later, and finds the member in the list; before, an event may have been missed.
   */
  shown(): boolean;
  /** Takes the member out of the list, at once if the directory is in reach, else by its TTL. At most 3 s; never rejects. */
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
