import { CacheError, type Member, type OnError } from '@ringcache/cache-core';
import type { StoredEntry, StoreEvent } from './etcd-store.js';
import { byId, decodeMember } from './member-record.js';

/**
 * The members as a sequence of reads and events tells of them. Holds on request to members that a read no longer shows:
 * after an outage they may only not have registered again yet.
 */
export class MemberTable {
  readonly #prefix: string;
  readonly #onError: OnError;
  /** Foreign values by key, with the revision of the one that was reported: once is enough. */
  readonly #foreign = new Map<string, number>();
  readonly #listed = new Map<string, Member>();
  readonly #held = new Map<string, Member>();
  #revision = 0;

  constructor(prefix: string, onError: OnError) {
    this.#prefix = prefix;
    this.#onError = onError;
  }

  /** All up to this revision of the store is in the table. */
  get revision(): number {
    return this.#revision;
  }

  /** Members that etcd lists, held ones not counted. */
  get listed(): number {
    return this.#listed.size;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Listed and held, sorted by id. */
  members(): Member[] {
    return [...this.#listed.values(), ...this.#held.values()].sort(byId);
  }

  /** Takes a whole read. With `hold`, members that it no longer shows are held; without, those held already stay so. */
  replace(entries: readonly StoredEntry[], revision: number, { hold }: { hold: boolean }): void {
    const before = [...this.#listed.values()];
    this.#listed.clear();
    this.#revision = revision; // may be lower than before: an etcd that was set up anew counts from 1
    for (const entry of entries) this.#put(entry);
    this.#forgetForeign(entries);
    if (!hold) return;
    for (const member of before) if (!this.#listed.has(member.id)) this.#held.set(member.id, member);
  }

  /** Takes events of a watch. What a later read has shown already is skipped. */
  apply(events: readonly StoreEvent[]): void {
    const seen = this.#revision;
    for (const event of events) {
      const revision = event.type === 'put' ? event.entry.revision : event.revision;
      if (revision <= seen) continue; // one revision may hold several events: compared with the one before them all
      this.#revision = Math.max(this.#revision, revision);
      if (event.type === 'put') this.#put(event.entry);
      else this.#listed.delete(this.#idOf(event.key));
    }
  }

  release(): void {
    this.#held.clear();
  }

  #put(entry: StoredEntry): void {
    const id = this.#idOf(entry.key);
    try {
      const member = decodeMember(id, entry.value);
      this.#listed.set(id, member);
      this.#held.delete(id);
    } catch (error) {
      this.#listed.delete(id);
      if (this.#foreign.get(entry.key) === entry.revision) return;
      this.#foreign.set(entry.key, entry.revision);
      const { message } = error as CacheError;
      this.#onError(new CacheError('invalid_argument', `skipped ${entry.key} in etcd: ${message}`, { cause: error }));
    }
  }

  #forgetForeign(entries: readonly StoredEntry[]): void {
    if (this.#foreign.size === 0) return;
    const present = new Set(entries.map((entry) => entry.key));
    for (const key of this.#foreign.keys()) if (!present.has(key)) this.#foreign.delete(key);
  }

  #idOf(key: string): string {
    return key.slice(this.#prefix.length);
  }
}
