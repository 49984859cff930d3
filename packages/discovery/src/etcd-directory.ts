import { CacheError, type Member, type OnError } from '@ringcache/cache-core';
import type { Directory, Listed, PutOptions } from './discovery.js';
import type { EtcdStore, StoredEntry } from './etcd-store.js';
import { byId, checkMember, decodeMember, encodeMember } from './member-record.js';
import { checkTtl } from './ttl.js';

const PUT_ATTEMPTS = 5; // a key that changes between look and write each time is being fought over
const LEASES_AT_ONCE = 16; // requests under way while a list finds out what is left of each lease

/** The member list in etcd, edited by hand. */
export class EtcdDirectory implements Directory {
  readonly #store: EtcdStore;
  readonly #prefix: string;
  readonly #onError: OnError;

  constructor(store: EtcdStore, prefix: string, onError: OnError) {
    this.#store = store;
    this.#prefix = prefix;
    this.#onError = onError;
  }

  async put(member: Member, { ttlMs, force = false }: PutOptions = {}): Promise<'written' | 'live'> {
    checkMember(member);
    if (ttlMs !== undefined) checkTtl(ttlMs);
    const key = this.#prefix + member.id;
    for (let attempt = 0; attempt < PUT_ATTEMPTS; attempt++) {
      const present = await this.#store.get(key);
      if (present !== undefined && present.lease !== '' && !force) return 'live';
      const lease = ttlMs === undefined ? {} : { lease: (await this.#store.grant(ttlMs)).id };
      const condition = { ...lease, ifRevision: present?.revision ?? 0 };
      if ((await this.#store.put(key, encodeMember(member), condition)) !== undefined) return 'written';
      if (lease.lease !== undefined) await this.#store.revoke(lease.lease);
    }
    throw new CacheError(
      'unavailable',
      `member ${member.id} changed while it was being written, ${PUT_ATTEMPTS} times`,
    );
  }

  async get(id: string): Promise<Listed | undefined> {
    const entry = await this.#store.get(this.#prefix + id);
    return entry && this.#listed(entry);
  }

  async list(): Promise<Listed[]> {
    const { entries } = await this.#store.read(this.#prefix);
    const listed: Listed[] = [];
    for (let i = 0; i < entries.length; i += LEASES_AT_ONCE) {
      const some = await Promise.all(entries.slice(i, i + LEASES_AT_ONCE).map((entry) => this.#listed(entry)));
      listed.push(...some.filter((member) => member !== undefined));
    }
    return listed.sort(byId);
  }

  delete(id: string): Promise<boolean> {
    return this.#store.delete(this.#prefix + id);
  }

  async #listed(entry: StoredEntry): Promise<Listed | undefined> {
    let member: Member;
    try {
      member = decodeMember(entry.key.slice(this.#prefix.length), entry.value);
    } catch (error) {
      const message = `skipped ${entry.key} in etcd: ${(error as CacheError).message}`;
      this.#onError(new CacheError('invalid_argument', message, { cause: error }));
      return undefined;
    }
    if (entry.lease === '') return { ...member, leased: false };
    return { ...member, leased: true, ttlMs: await this.#store.timeToLive(entry.lease) };
  }
}
