import {
  type Clock,
  type OnError,
  shielded,
  shieldedOnError,
  systemClock,
  type ViewDirectory,
} from '@ringcache/cache-core';
import type { Directory, RecordDiscovery, Snapshot, ViewsOptions } from './discovery.js';
import { etcdClient, type TlsOptions } from './etcd-client.js';
import { EtcdDirectory } from './etcd-directory.js';
import type { EtcdStore } from './etcd-store.js';
import { EtcdViewDirectory } from './etcd-view-directory.js';
import { ListFollower } from './etcd-watch.js';
import { Latest } from './latest.js';
import { clusterPrefix } from './member-record.js';
import { checkTtl, DEFAULT_TTL_MS } from './ttl.js';

export interface StoreDiscoveryOptions {
  /** Members of one cluster see each other: 1 to 64 letters, digits, '.', '-' or '_'. */
  readonly cluster: string;
  /** How long a registration lives that nobody renews, in ms; 2 s to a day, rounded up to whole seconds. Default 10 s. */
  readonly ttlMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Called with failed attempts, each followed by another, and with entries in etcd that are no members. */
  readonly onError?: OnError | undefined;
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: (() => number) | undefined;
}

export interface EtcdDiscoveryOptions extends StoreDiscoveryOptions {
  /** `host:port` or URLs of etcd's members, all `https://` or none. One that fails is left for the next. */
  readonly hosts: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: TlsOptions | undefined;
}

const MAX_ATTEMPT_MS = 1_000; // for one host to answer one call
const ATTEMPTS_PER_TTL = 5; // of a short TTL: a keep-alive that hangs must leave time for another host

/**
 * Opens discovery through etcd. Does not connect yet; etcd may be away for any time.
 *
 * What is promised, with etcd in reach: a member that registers or leaves shows in every list within a second; one that
 * dies within its TTL and a second. One of etcd's members that dies goes unnoticed. When all of etcd is away, the last
 * list stays in force, marked stale after 3 s; a change that is lost on the way is noticed within 30 s.
 *
 * After an outage, and when etcd comes back empty, members that it no longer lists are kept for one TTL, as they may only
 * not have registered again yet. So one that died or left during an outage stays listed for a TTL after it.
 *
 * Lists are for clients and operators: which members make the ring, the record says that {@link RecordDiscovery.views} reads.
 * @throws {CacheError} `invalid_argument`: hosts, cluster or TTL.
 */
export function etcdDiscovery(options: EtcdDiscoveryOptions): RecordDiscovery & Directory {
  const { hosts, user, password, tls, ttlMs = DEFAULT_TTL_MS, random = Math.random } = options;
  checkTtl(ttlMs);
  clusterPrefix(options.cluster);
  const attemptTimeoutMs = Math.min(MAX_ATTEMPT_MS, ttlMs / ATTEMPTS_PER_TTL);
  return storeDiscovery(etcdClient({ hosts, user, password, tls, attemptTimeoutMs, random }), options);
}

/** {@link etcdDiscovery} over any store that behaves like etcd; closes it in the end. */
export function storeDiscovery(store: EtcdStore, options: StoreDiscoveryOptions): RecordDiscovery & Directory {
  return new EtcdDiscovery(store, options);
}

class EtcdDiscovery extends EtcdDirectory implements RecordDiscovery {
  readonly cluster: string;
  readonly ttlMs: number;
  readonly #store: EtcdStore;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onError: OnError;
  readonly #lists = new Map<ListFollower, Latest<Snapshot>>();
  readonly #views = new Set<EtcdViewDirectory>();
  #closing: Promise<void> | undefined;

  constructor(store: EtcdStore, options: StoreDiscoveryOptions) {
    const { cluster, ttlMs = DEFAULT_TTL_MS, clock = systemClock, random = Math.random } = options;
    const onError = shieldedOnError(options.onError);
    const prefix = clusterPrefix(cluster);
    checkTtl(ttlMs);
    super(store, prefix, onError);
    this.cluster = cluster;
    this.ttlMs = ttlMs;
    this.#store = store;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#random = random;
    this.#onError = onError;
  }

  async *watch(signal: AbortSignal): AsyncGenerator<Snapshot, void> {
    if (this.#closing !== undefined || signal.aborted) return;
    const latest = new Latest<Snapshot>();
    const list = new ListFollower({
      store: this.#store,
      prefix: this.#prefix,
      clock: this.#clock,
      random: this.#random,
      graceMs: this.ttlMs,
      publish: (snapshot) => latest.set(snapshot),
      onError: this.#onError,
    });
    this.#lists.set(list, latest);
    // Not waited for: a reader that leaves has no use for a request that etcd has yet to answer. close() waits.
    const stop = () => void list.stop().then(() => this.#lists.delete(list));
    signal.addEventListener('abort', stop); // the reader may be busy, or gone, when it comes
    try {
      yield* latest.read(signal);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  views({ onEvent = () => {} }: ViewsOptions): ViewDirectory {
    const views = new EtcdViewDirectory({
      store: this.#store,
      cluster: this.cluster,
      ttlMs: this.ttlMs,
      clock: this.#clock,
      random: this.#random,
      onEvent: shielded(onEvent, this.#onError),
      onError: this.#onError,
    });
    const leave = () => views.leave().finally(() => this.#views.delete(views));
    this.#views.add(views);
    if (this.#closing !== undefined) void leave(); // what it is asked for from now on is refused
    return {
      renew: (self) => views.renew(self),
      replace: (revision, view) => views.replace(revision, view),
      leave,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const latest of this.#lists.values()) latest.end();
    const stopped = [...this.#lists.keys()].map((list) => list.stop());
    await Promise.all([...this.#views].map((views) => views.leave()));
    this.#store.close(); // what is still under way now fails instead of waiting for etcd
    await Promise.all(stopped);
  }
}
