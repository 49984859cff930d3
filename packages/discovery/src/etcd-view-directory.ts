// The record of the present view in etcd, and the registrations of members. A member's registration is a key under a lease;
// the record is a key of its own, replaced by compare-and-set.
//
// What a confirmation rests on: a lease is prolonged first, and then the record and all registrations are read at one
// revision, in which the member's own key is under that lease. So a process that finds no registration of a
// member, at a later revision, knows that the member got its last confirmation at least a TTL ago.

import {
  CacheError,
  type DirectoryState,
  type OnError,
  type View,
  type ViewDirectory,
  type ViewMember,
} from '@ringcache/cache-core';
import type { LossReason, RegistrationEvent } from './discovery.js';
import type { EtcdStore, StoredEntry } from './etcd-store.js';
import { clusterPrefix, decodeViewMember, encodeViewMember } from './member-record.js';
import { decodeView, encodeView } from './view-record.js';

export interface EtcdViewDirectoryOptions {
  readonly store: EtcdStore;
  readonly cluster: string;
  readonly ttlMs: number;
  readonly onEvent: (event: RegistrationEvent) => void;
  /** Called with a record that is no view, and with entries that are no members, once for each revision of them. */
  readonly onError: OnError;
}

interface Read {
  readonly token: string;
  readonly recordRevision: number;
  /** Of registrations, by the id. */
  readonly revisions: ReadonlyMap<string, number>;
}

export class EtcdViewDirectory implements ViewDirectory {
  readonly #options: EtcdViewDirectoryOptions;
  readonly #prefix: string;
  readonly #recordKey: string;
  readonly #reported = new Map<string, number>();
  #lease: string | undefined;
  #wasRegistered = false;
  #lastRead: Read | undefined;

  constructor(options: EtcdViewDirectoryOptions) {
    this.#options = options;
    this.#prefix = clusterPrefix(options.cluster);
    this.#recordKey = `views/${options.cluster}`;
  }

  async renew(self: ViewMember): Promise<DirectoryState> {
    const { store } = this.#options;
    if (this.#lease === undefined) await this.#register(self);
    else if ((await store.keepAlive(this.#lease)) === 0) await this.#registerAgain(self, 'expired');
    let read = await this.#read();
    const own = read.entries.find(({ key }) => key === this.#prefix + self.id);
    if (own?.lease !== this.#lease || own?.value !== encodeViewMember(self)) {
      if (isOfAnother(own, self)) {
        this.#lost('overwritten');
        throw new CacheError(
          'unavailable',
          `${self.id} is the id of another process too, which has registered after this one`,
        );
      }
      await this.#registerAgain(self, own === undefined ? 'deleted' : 'overwritten');
      read = await this.#read();
    }
    return this.#stateOf(read);
  }

  async replace(revision: string, view: View): Promise<boolean> {
    const read = this.#lastRead;
    if (read?.token !== revision) return false; // what it was made of has been read again since
    const lapsedIds = view.lapsed.map((key) => key.slice(0, key.lastIndexOf('#')));
    const ifUnchanged = lapsedIds.map((id) => ({ key: this.#prefix + id, revision: read.revisions.get(id) ?? 0 }));
    const options = { ifRevision: read.recordRevision, ifUnchanged };
    return (await this.#options.store.put(this.#recordKey, encodeView(view), options)) !== undefined;
  }

  async leave(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease === undefined) return;
    try {
      await this.#options.store.revoke(lease);
    } catch (error) {
      this.#options.onError(CacheError.from(error, 'unavailable')); // no harm done: the lease ends by itself
    }
  }

  async #register(self: ViewMember): Promise<void> {
    const { store, ttlMs, onEvent } = this.#options;
    const granted = await store.grant(ttlMs);
    await store.put(this.#prefix + self.id, encodeViewMember(self), { lease: granted.id });
    const again = this.#wasRegistered;
    this.#lease = granted.id;
    this.#wasRegistered = true;
    onEvent({ kind: 'registered', again, ttlMs: granted.ttlMs });
  }

  async #registerAgain(self: ViewMember, reason: LossReason): Promise<void> {
    const before = this.#lease;
    this.#lost(reason);
    await this.#register(self);
    if (before !== undefined && reason !== 'expired') this.#options.store.revoke(before).catch(() => {}); // it ends by itself
  }

  #lost(reason: LossReason): void {
    if (this.#lease === undefined) return;
    this.#lease = undefined;
    this.#options.onEvent({ kind: 'lost', reason, silentMs: 0 });
  }

  async #read() {
    const { entries, revision } = await this.#options.store.read(this.#prefix, this.#recordKey);
    return { entries, revision };
  }

  #stateOf({ entries, revision }: { entries: readonly StoredEntry[]; revision: number }): DirectoryState {
    const members = entries.filter(({ key }) => key.startsWith(this.#prefix));
    const record = entries.find(({ key }) => key === this.#recordKey);
    const recordRevision = record?.revision ?? 0;
    const token = `${recordRevision}/${revision}`;
    const revisions = new Map(members.map((entry) => [this.#idOf(entry), entry.revision]));
    this.#lastRead = { token, recordRevision, revisions };
    for (const key of this.#reported.keys())
      if (!entries.some((entry) => entry.key === key)) this.#reported.delete(key);
    return {
      registered: members
        .map((entry) => this.#believed(entry, () => decodeViewMember(this.#idOf(entry), entry.value)))
        .filter((member) => member !== undefined),
      record: record && this.#believed(record, () => decodeView(record.value)),
      revision: token,
    };
  }

  /** Undefined where the entry is none of ours; that is told once. */
  #believed<T>(entry: StoredEntry, decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      if (this.#reported.get(entry.key) !== entry.revision) {
        this.#reported.set(entry.key, entry.revision);
        const { message } = error as CacheError;
        this.#options.onError(
          new CacheError('invalid_argument', `skipped ${entry.key} in etcd: ${message}`, { cause: error }),
        );
      }
      return undefined;
    }
  }

  #idOf(entry: StoredEntry): string {
    return entry.key.slice(this.#prefix.length);
  }
}

function isOfAnother(entry: StoredEntry | undefined, self: ViewMember): boolean {
  if (entry === undefined || entry.lease === '') return false;
  try {
    const member = decodeViewMember(self.id, entry.value);
    return member !== undefined && member.incarnation !== self.incarnation;
  } catch {
    return false;
  }
}
