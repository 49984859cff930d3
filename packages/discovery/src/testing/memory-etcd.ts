import { CacheError, type Clock, type Timer } from '@ringcache/cache-core';
import type { EtcdStore, StoredEntry, StoreEvent, StorePutOptions, WatchListener } from '../etcd-store.js';

interface Lease {
  readonly ttlMs: number;
  expiresAt: number;
  timer: Timer;
}

interface Watch {
  readonly prefix: string;
  readonly listener: WatchListener;
  /** Confirmed; told nothing before. */
  open: boolean;
}

/** An etcd in memory, with the faults that the real one and the way to it are known for. Its time is the clock's. */
export class MemoryEtcd {
  readonly #clock: Clock;
  readonly #entries = new Map<string, StoredEntry>();
  readonly #leases = new Map<string, Lease>();
  readonly #watches = new Set<Watch>();
  #history: StoreEvent[] = [];
  #compacted = 0;
  #revision = 1;
  #leaseCount = 0;
  #away = false;

  /** Watches are never confirmed, and never fail either. */
  watchesHang = false;
  /** Watches live, and say nothing of what happens. */
  watchesMute = false;
  /** Keep-alives are not answered; all else is. */
  keepAlivesHang = false;
  /** So many reads to come answer with an empty list. */
  emptyReads = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Requests made so far, by name: for tests of what something costs. */
  readonly requests = new Map<string, number>();

  get openWatches(): number {
    return this.#watches.size;
  }

  get liveLeases(): number {
    return this.#leases.size;
  }

  /** Stops answering. Leases do not run out meanwhile: the real one gives each its whole TTL anew when it is back. */
  goAway(): void {
    this.#away = true;
    for (const lease of this.#leases.values()) lease.timer.cancel();
    this.endWatches(unavailable());
  }

  comeBack(): void {
    this.#away = false;
    for (const [id, lease] of this.#leases) this.#prolong(id, lease);
  }

  endWatches(error: Error): void {
    for (const watch of this.#watches) {
      this.#watches.delete(watch);
      watch.listener.ended(error);
    }
  }

  /** Forgets history; the watches of a member that lags end with that. */
  compact(): void {
    this.#compacted = this.#revision;
    this.#history = [];
    this.endWatches(new CacheError('internal', `history before ${this.#revision} has been compacted`));
  }

  /** All data is lost: what a cluster that was set up anew looks like. */
  wipe(): void {
    for (const lease of this.#leases.values()) lease.timer.cancel();
    this.#leases.clear();
    this.#entries.clear();
    this.#history = [];
    this.#revision = 1;
  }

  expireLeases(): void {
    for (const id of [...this.#leases.keys()]) this.#expire(id);
  }

  /** A client's side of it. */
  store(): EtcdStore {
    const own = new Set<Watch>();
    return {
      read: (...prefixes) => this.#answer('read', () => this.#read(prefixes)),
      get: (key) => this.#answer('get', () => this.#entries.get(key)),
      put: (key, value, options) => this.#answer('put', () => this.#put(key, value, options)),
      delete: (key) => this.#answer('delete', () => this.#delete([key]) > 0),
      grant: (ttlMs) => this.#answer('grant', () => this.#grant(ttlMs)),
      keepAlive: (id) => this.#answer('keepAlive', () => (this.keepAlivesHang ? never() : this.#keepAlive(id))),
      timeToLive: (id) => this.#answer('timeToLive', () => (this.#leases.get(id)?.expiresAt ?? 0) - this.#clock.now()),
      revoke: (id) => this.#answer('revoke', () => this.#expire(id)),
      watch: (prefix, fromRevision, listener) => {
        const watch = { prefix, listener, open: false };
        own.add(watch);
        this.#watches.add(watch);
        queueMicrotask(() => this.#open(watch, fromRevision));
        return { cancel: () => void this.#watches.delete(watch) };
      },
      close: () => {
        for (const watch of own) this.#watches.delete(watch);
      },
    };
  }

  async #answer<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
    await undefined; // no answer is there in the turn of its question
    if (this.#away) throw unavailable();
    return work();
  }

  #read(prefixes: readonly string[]) {
    const empty = this.emptyReads > 0;
    if (empty) this.emptyReads--;
    const all = empty ? [] : [...this.#entries.values()];
    const entries = prefixes.flatMap((prefix) => all.filter(({ key }) => key.startsWith(prefix)));
    return { entries, revision: this.#revision };
  }

  #put(key: string, value: string, options: StorePutOptions): number | undefined {
    const { lease = '', ifRevision } = options;
    if (ifRevision !== undefined && ifRevision !== (this.#entries.get(key)?.revision ?? 0)) return undefined;
    if (lease !== '' && !this.#leases.has(lease)) throw new CacheError('not_found', `lease ${lease} is gone`);
    const entry = { key, value, lease, revision: ++this.#revision };
    this.#entries.set(key, entry);
    this.#tell([{ type: 'put', entry }]);
    return entry.revision;
  }

  #delete(keys: readonly string[]): number {
    const present = keys.filter((key) => this.#entries.delete(key));
    if (present.length === 0) return 0;
    const revision = ++this.#revision;
    this.#tell(present.map((key) => ({ type: 'delete', key, revision })));
    return present.length;
  }

  #grant(ttlMs: number) {
    const id = `${++this.#leaseCount}`;
    const lease: Lease = { ttlMs: Math.ceil(ttlMs / 1000) * 1000, expiresAt: 0, timer: { cancel() {} } };
    this.#leases.set(id, lease);
    this.#prolong(id, lease);
    return { id, ttlMs: lease.ttlMs };
  }

  #keepAlive(id: string): number {
    const lease = this.#leases.get(id);
    if (lease === undefined) return 0;
    this.#prolong(id, lease);
    return lease.ttlMs;
  }

  #prolong(id: string, lease: Lease): void {
    lease.timer.cancel();
    lease.expiresAt = this.#clock.now() + lease.ttlMs;
    lease.timer = this.#clock.setTimeout(() => this.#expire(id), lease.ttlMs);
  }

  #expire(id: string): void {
    this.#leases.get(id)?.timer.cancel();
    this.#leases.delete(id);
    this.#delete([...this.#entries.values()].filter(({ lease }) => lease === id).map(({ key }) => key));
  }

  #open(watch: Watch, fromRevision: number): void {
    if (!this.#watches.has(watch) || this.watchesHang) return;
    const end = this.#away
      ? unavailable()
      : fromRevision <= this.#compacted
        ? new CacheError('internal', 'compacted')
        : 0;
    if (end !== 0) {
      this.#watches.delete(watch);
      watch.listener.ended(end);
      return;
    }
    watch.open = true;
    watch.listener.created();
    const missed = this.#history.filter((event) => revisionOf(event) >= fromRevision);
    if (missed.length > 0) this.#tellOne(watch, missed);
  }

  #tell(events: readonly StoreEvent[]): void {
    this.#history.push(...events);
    for (const watch of this.#watches) this.#tellOne(watch, events);
  }

  #tellOne({ prefix, listener, open }: Watch, events: readonly StoreEvent[]): void {
    if (!open) return;
    const told = events.filter((event) => keyOf(event).startsWith(prefix));
    if (told.length > 0 && !this.watchesMute) listener.events(told);
  }
}

function keyOf(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.key;
}

function revisionOf(event: StoreEvent): number {
  return event.type === 'put' ? event.entry.revision : event.revision;
}

function unavailable(): CacheError {
  return new CacheError('unavailable', 'etcd is away');
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
