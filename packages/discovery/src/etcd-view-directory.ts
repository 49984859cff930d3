// The record of the present view in etcd, and the registrations of members. A member's registration is a key under a lease;
// the record is a key of its own, replaced by compare-and-set.
//
// What a confirmation rests on: a lease is prolonged first, and then the record and all registrations are read at one
// revision, in which the member's own key is under that lease.
//
// A key is written only where it still has the revision that was read before. A write that was given up, and that etcd carries
// out late, then changes nothing: it cannot put the key back under a lease that is about to be revoked.

import {
  CacheError,
  type Clock,
  type DirectoryState,
  type OnError,
  type View,
  type ViewDirectory,
  type ViewMember,
  viewOf,
} from '@ringcache/cache-core';
import type { LossReason, RegistrationEvent } from './discovery.js';
import { CONFIRMED_FOR, EtcdLease, type Step } from './etcd-lease.js';
import type { EtcdStore, StoredEntry } from './etcd-store.js';
import { checkViewMember, clusterPrefix, decodeViewMember, encodeViewMember, parseJson } from './member-record.js';
import { RegistrationEvents } from './registration-events.js';
import { limited } from './waiting.js';

export interface EtcdViewDirectoryOptions {
  readonly store: EtcdStore;
  readonly cluster: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  readonly onEvent: (event: RegistrationEvent) => void;
  /** Called with a record that is no view, and with entries that are no members, once for each revision of them. */
  readonly onError: OnError;
}

const STEPS_PER_TTL = 3; // a request may take a third of the TTL, whatever the store promises

interface Read {
  readonly entries: readonly StoredEntry[];
  readonly revision: number;
}

/** What a record that is to be replaced was read with. */
interface LastRead {
  readonly token: string;
  readonly recordRevision: number;
}

export class EtcdViewDirectory implements ViewDirectory {
  readonly #options: EtcdViewDirectoryOptions;
  readonly #lease: EtcdLease;
  readonly #events: RegistrationEvents;
  readonly #prefix: string;
  readonly #recordKey: string;
  readonly #reported = new Map<string, number>();
  #isRenewing = false;
  /** The member's key is under the present lease, as far as is known. */
  #hasKey = false;
  /** The member has had a key: whoever else takes the id came later. */
  #hadKey = false;
  #lastRead: LastRead | undefined;

  constructor(options: EtcdViewDirectoryOptions) {
    this.#options = options;
    this.#lease = new EtcdLease(options);
    this.#events = new RegistrationEvents(options);
    this.#prefix = clusterPrefix(options.cluster);
    this.#recordKey = `views/${options.cluster}/present`; // as a prefix it is that of no other cluster's record
  }

  /**
   * Renews, as {@link ViewDirectory.renew}. Takes 0.8 of the TTL at most. Where another process has registered under the id after
   * this one, it reads only: this member is not among those registered then.
   * @throws {CacheError} `unavailable` also: a renewal is under way, which could not stand for one that begins now; the member has
   * left.
   */
  async renew(self: ViewMember): Promise<DirectoryState> {
    checkViewMember(self);
    if (this.#lease.hasLeft) throw left(self);
    if (this.#isRenewing)
      throw new CacheError('unavailable', `the registration of ${self.id} is being renewed already`);
    this.#isRenewing = true;
    const { clock, ttlMs } = this.#options;
    const askedAt = clock.now();
    try {
      this.#noteSilence();
      const until = CONFIRMED_FOR * ttlMs + (this.#events.isRegistered ? this.#events.confirmedAt : askedAt);
      const read = await this.#renew(self, (work) => this.#step(self, until, work));
      if (this.#hasKey) this.#events.confirmed(askedAt, this.#lease.ttlMs);
      else this.#events.lost('overwritten');
      this.#lease.revokeOthers();
      return this.#stateOf(read);
    } catch (error) {
      const failure = CacheError.from(error, 'unavailable');
      if (!this.#lease.hasLeft) {
        this.#noteSilence();
        this.#events.failed(failure);
      }
      throw failure;
    } finally {
      this.#isRenewing = false;
    }
  }

  async replace(revision: string, view: View): Promise<boolean> {
    const read = this.#lastRead;
    if (read?.token !== revision) return false; // what it was made of has been read again since
    const { store, clock, ttlMs } = this.#options;
    const options = { ifRevision: read.recordRevision };
    const written = store.put(this.#recordKey, JSON.stringify(view), options);
    return (await limited(clock, ttlMs / STEPS_PER_TTL, written)) !== undefined;
  }

  /** Ends the registration for good: a later `renew` is refused. Asks again while etcd cannot answer, for at most 3 s. */
  leave(): Promise<void> {
    return this.#lease.leave();
  }

  async #renew(self: ViewMember, step: Step): Promise<Read> {
    if (!(await this.#lease.prolong(step, () => this.#events.lost('expired')))) {
      this.#hasKey = false;
      await this.#lease.take(step);
    }
    if (!this.#hasKey) {
      const before = await step(this.#options.store.get(this.#prefix + self.id));
      if (!this.#isTaken(before, self)) await this.#putKey(self, step, before);
    }
    const read = await this.#read(step);
    const own = this.#ownIn(read, self);
    if (this.#isInPlace(own, self)) return read;
    this.#hasKey = false;
    if (this.#isTaken(own, self)) return read;
    const reason = lossOf(own, self);
    if (reason !== undefined) this.#events.lost(reason);
    await this.#putKey(self, step, own);
    const readAgain = await this.#read(step);
    if (this.#isInPlace(this.#ownIn(readAgain, self), self)) return readAgain;
    this.#hasKey = false;
    throw new CacheError('unavailable', `somebody keeps changing the registration of ${self.id}`);
  }

  /** A process that comes takes its id over, one that is there yields it. */
  #isTaken(entry: StoredEntry | undefined, self: ViewMember): boolean {
    return this.#hadKey && isOfAnother(entry, self);
  }

  /** Writes the member's key in place of what is there. */
  async #putKey(self: ViewMember, step: Step, before: StoredEntry | undefined): Promise<void> {
    const options = { lease: this.#lease.id, ifRevision: before?.revision ?? 0 };
    const revision = await step(this.#options.store.put(this.#prefix + self.id, encodeViewMember(self), options));
    if (revision === undefined) {
      throw new CacheError('unavailable', `the registration of ${self.id} changed while it was written`);
    }
    this.#hasKey = true;
    this.#hadKey = true;
  }

  #read(step: Step): Promise<Read> {
    return step(this.#options.store.read(this.#prefix, this.#recordKey));
  }

  #ownIn({ entries }: Read, self: ViewMember): StoredEntry | undefined {
    return entries.find(({ key }) => key === this.#prefix + self.id);
  }

  #isInPlace(own: StoredEntry | undefined, self: ViewMember): boolean {
    return own !== undefined && own.lease === this.#lease.id && own.value === encodeViewMember(self);
  }

  /** Waits for one request, at most until the registration counts as lost: that has to be known before it is gone. */
  async #step<T>(self: ViewMember, until: number, work: Promise<T>): Promise<T> {
    const { clock, ttlMs } = this.#options;
    const answer = await limited(clock, Math.min(ttlMs / STEPS_PER_TTL, until - clock.now()), work);
    if (this.#lease.hasLeft) throw left(self);
    if (clock.now() >= until)
      throw new CacheError('deadline', 'the answer of etcd is too old: this process stood still');
    return answer;
  }

  #noteSilence(): void {
    const { clock, ttlMs } = this.#options;
    if (clock.now() - this.#events.confirmedAt >= CONFIRMED_FOR * ttlMs) this.#events.lost('silent');
  }

  #stateOf({ entries, revision }: Read): DirectoryState {
    const members = entries.filter(({ key }) => key.startsWith(this.#prefix));
    const record = entries.find(({ key }) => key === this.#recordKey);
    const recordRevision = record?.revision ?? 0;
    const token = `${recordRevision}/${revision}`;
    this.#lastRead = { token, recordRevision };
    for (const key of this.#reported.keys())
      if (!entries.some((entry) => entry.key === key)) this.#reported.delete(key);
    return {
      registered: members
        .map((entry) => this.#believed(entry, () => decodeViewMember(this.#idOf(entry), entry.value)))
        .filter((member) => member !== undefined),
      record: record && this.#believed(record, () => viewOf(parseJson(record.value, 'a view'))),
      revision: token,
    };
  }

  /** Returns undefined where the entry is none of ours, which is reported once. */
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

/** Returns undefined if others saw no change: the same member, but no longer under a lease, or it would outlive its process. */
function lossOf(own: StoredEntry | undefined, self: ViewMember): LossReason | undefined {
  if (own === undefined) return 'deleted';
  return own.lease === '' && own.value === encodeViewMember(self) ? undefined : 'overwritten';
}

function isOfAnother(entry: StoredEntry | undefined, self: ViewMember): boolean {
  if (entry === undefined || entry.lease === '') return false;
  try {
    const member = decodeViewMember(self.id, entry.value);
    return member !== undefined && member.incarnation !== self.incarnation;
  } catch {
    return false; // whatever it is, it is no process
  }
}

function left(self: ViewMember): CacheError {
  return new CacheError('unavailable', `${self.id} has left the cluster`);
}
