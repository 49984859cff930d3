/** A key as etcd holds it. */
export interface StoredEntry {
  readonly key: string;
  readonly value: string;
  /** Id of its lease; empty: none. */
  readonly lease: string;
  /** The store's revision when it was written. Rises with every write of any key; far under 2^53 in any real cluster. */
  readonly revision: number;
}

export type StoreEvent =
  | { readonly type: 'put'; readonly entry: StoredEntry }
  | { readonly type: 'delete'; readonly key: string; readonly revision: number };

/** What a watch tells: nothing before `watch()` has returned, nothing after `ended`, nor after `cancel()`. */
export interface WatchListener {
  /** The watch is in place. May never come: a store that is away can stay silent. */
  created(): void;
  /** In the order of their revisions, none left out while the watch lives, except by a store at fault. */
  events(events: readonly StoreEvent[]): void;
  /** It is over, and says why; also for a compacted revision. It never resumes by itself. */
  ended(error: Error): void;
}

/**
 * What this package uses of etcd, no more: so a stand-in in memory can take its place. Every promise settles within a few
 * seconds, and rejects with a CacheError: `unavailable` or `deadline` if nobody answered, `not_found` for a lease that is
 * gone, `permission_denied`, `invalid_argument`. Reads are linearizable.
 */
export interface EtcdStore {
  /** All keys that begin with one of the prefixes, in their order, and the store's revision at that one moment. */
  read(
    ...prefixes: readonly string[]
  ): Promise<{ readonly entries: readonly StoredEntry[]; readonly revision: number }>;
  get(key: string): Promise<StoredEntry | undefined>;
  /**
   * Writes a key, taking it off any lease but the one given; answers with the revision.
   * @param options.ifRevision writes only if the key still has this revision (0: does not exist); undefined: it had not.
   */
  put(key: string, value: string, options: StorePutOptions): Promise<number | undefined>;
  /** False: there was no such key. */
  delete(key: string): Promise<boolean>;
  /** A new lease; the store may give it longer than was asked. */
  grant(ttlMs: number): Promise<{ readonly id: string; readonly ttlMs: number }>;
  /** Prolongs a lease; answers with its TTL in ms, 0 if it is gone. */
  keepAlive(lease: string): Promise<number>;
  /** What is left of a lease in ms; 0 if it is gone. */
  timeToLive(lease: string): Promise<number>;
  /** Ends a lease and deletes its keys; no failure if it is gone. */
  revoke(lease: string): Promise<void>;
  /** Events of the keys that begin with `prefix`, from a revision on, that one included. */
  watch(prefix: string, fromRevision: number, listener: WatchListener): { cancel(): void };
  /** Ends what is open; later calls reject with `unavailable`. */
  close(): void;
}

export interface StorePutOptions {
  readonly lease?: string;
  readonly ifRevision?: number;
}
