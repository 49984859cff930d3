// Keeps one member in the list in etcd. A term is the life of one lease: grant it, put the key under it, confirm it every
// third of its TTL, and when it is lost, or the key with it, begin the next one. The order matters: the new lease takes
// the key over before the old one is revoked, so that the list never misses the member in between.
//
// A member must know that it may be out of the list before the others know it: so a term ends 0.8 TTL after the last
// confirmation, counted from when that was asked for, as etcd's count begins between question and answer. Every wait is
// limited by that moment, and it is compared with a monotonic clock after every wait: a process that was stopped for
// longer finds out at its first step.

import { CacheError, type Clock, type Member, type OnError } from '@ringcache/cache-core';
import type { LossReason, RegistrationEvent } from './discovery.js';
import type { EtcdStore, StoredEntry } from './etcd-store.js';
import { decodeMember, encodeMember, sameMember } from './member-record.js';
import { Backoff, limited, Pause } from './waiting.js';

/** Part of the TTL after which an unconfirmed lease counts as lost. The rest is for clocks that run apart, and for acting. */
export const CONFIRMED_FOR = 0.8;
export const LEAVE_LIMIT_MS = 3_000; // then the lease's own end has to do
const CONFIRMS_PER_TTL = 3; // two may fail
const RETRIES_PER_TTL = 10; // of a confirmation that failed
const BEGIN_LIMIT_MS = 10_000; // for each request of a beginning, whatever the store promises
const RETRY = { baseMs: 100, maxMs: 2_000 };

export interface RegisterInEtcdOptions {
  readonly store: EtcdStore;
  readonly key: string;
  readonly member: Member;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onEvent: (event: RegistrationEvent) => void;
  readonly onError: OnError;
}

interface Term {
  readonly lease: string;
  readonly ttlMs: number;
  confirmedAt: number;
  revision: number;
}

export class EtcdRegistration {
  readonly #options: RegisterInEtcdOptions;
  readonly #pause: Pause;
  readonly #backoff: Backoff;
  readonly #done: Promise<void>;
  #term: Term | undefined;
  readonly #leases = new Set<string>(); // that may still live, with the key: the term's, and those of terms lost or begun in vain
  #terms = 0;
  #left = false;
  #leaveIsOver = false;
  #whyListed: CacheError | undefined; // still, although the member leaves
  #keyWatch: { cancel(): void } | undefined;

  /** Resolves with the first `registered`, or when the member leaves before. */
  readonly first: Promise<void>;
  #firstIsOver: () => void = () => {};

  constructor(options: RegisterInEtcdOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
    this.#backoff = new Backoff({ ...RETRY, random: options.random });
    this.first = new Promise((resolve) => {
      this.#firstIsOver = resolve;
    });
    this.#done = this.#run();
  }

  registered(): boolean {
    return this.#term !== undefined && this.#options.clock.now() < expiry(this.#term);
  }

  /** Of the change by which the member came into the list the last time; Infinity: it is not in it. */
  get revision(): number {
    return this.#term?.revision ?? Number.POSITIVE_INFINITY;
  }

  async leave(): Promise<void> {
    const { clock, onError } = this.#options;
    this.#left = true;
    this.#pause.cut();
    try {
      await limited(clock, LEAVE_LIMIT_MS, this.#done);
    } catch (error) {
      onError(this.#whyListed ?? CacheError.from(error)); // no harm done: the lease ends by itself
    } finally {
      this.#leaveIsOver = true;
      this.#pause.cut();
    }
  }

  async #run(): Promise<void> {
    while (!this.#left) {
      try {
        const term = await this.#begin();
        const reason = await this.#keep(term);
        if (reason !== undefined) await this.#lost(term, reason);
      } catch (error) {
        await this.#retryLater(error, this.#backoff.next());
      }
    }
    this.#term = undefined;
    this.#keyWatch?.cancel();
    this.#firstIsOver();
    await this.#giveUpLeases();
  }

  /** Asks again while etcd cannot answer, as when it elects a leader: else the list would show the member for another TTL. */
  async #giveUpLeases(): Promise<void> {
    this.#backoff.reset();
    for (const lease of this.#leases) {
      while (!this.#leaveIsOver) {
        try {
          await this.#options.store.revoke(lease);
          break;
        } catch (error) {
          this.#whyListed = CacheError.from(error, 'unavailable');
          await this.#pause.wait(this.#backoff.next());
        }
      }
    }
  }

  async #begin(): Promise<Term> {
    const { store, key, member, clock, ttlMs, onEvent } = this.#options;
    const askedAt = clock.now();
    const granted = await limited(clock, BEGIN_LIMIT_MS, store.grant(ttlMs));
    const before = [...this.#leases];
    this.#leases.add(granted.id);
    const put = store.put(key, encodeMember(member), { lease: granted.id });
    const revision = (await limited(clock, BEGIN_LIMIT_MS, put)) ?? 0;
    for (const lease of before) {
      this.#leases.delete(lease);
      store.revoke(lease).catch(() => {}); // it ends by itself otherwise; the key has left it
    }
    const term = { lease: granted.id, ttlMs: granted.ttlMs, confirmedAt: askedAt, revision };
    if (clock.now() >= expiry(term)) throw new CacheError('deadline', 'etcd took as long as the lease is to last');
    if (this.#left) return term;
    this.#term = term;
    onEvent({ kind: 'registered', again: this.#terms++ > 0, ttlMs: term.ttlMs });
    this.#firstIsOver();
    return term;
  }

  /** Resolves with the reason of the loss; undefined: the member leaves. */
  async #keep(term: Term): Promise<LossReason | undefined> {
    const { clock } = this.#options;
    let nextMs = term.ttlMs / CONFIRMS_PER_TTL;
    while (!this.#left) {
      this.#watchKey(term);
      await this.#pause.wait(Math.min(nextMs, expiry(term) - clock.now()));
      if (this.#left) break;
      const askedAt = clock.now();
      if (askedAt >= expiry(term)) return 'silent';
      try {
        const reason = await this.#confirm(term, askedAt);
        if (reason !== undefined) return reason;
        this.#backoff.reset(); // not at the beginning of a term: two processes with one id would take turns without pause
        nextMs = term.ttlMs / CONFIRMS_PER_TTL;
      } catch (error) {
        nextMs = term.ttlMs / RETRIES_PER_TTL;
        this.#options.onEvent({ kind: 'retrying', error: CacheError.from(error, 'unavailable'), delayMs: nextMs });
      }
    }
    return undefined;
  }

  async #confirm(term: Term, askedAt: number): Promise<LossReason | undefined> {
    const { store, clock, key } = this.#options;
    const ttlMs = await limited(clock, expiry(term) - askedAt, store.keepAlive(term.lease));
    if (clock.now() >= expiry(term)) return 'silent'; // answered, but the process has slept since
    if (ttlMs === 0) return 'expired';
    term.confirmedAt = askedAt;
    const entry = await limited(clock, expiry(term) - clock.now(), store.get(key));
    return this.#judge(term, entry);
  }

  /** A lease that lives is not enough: an operator, or another process, may have changed the key. */
  async #judge(term: Term, entry: StoredEntry | undefined): Promise<LossReason | undefined> {
    if (entry === undefined) return 'deleted';
    const { store, clock, key, member } = this.#options;
    const same = isMember(entry.value, member);
    if (same && entry.lease === term.lease) return undefined;
    if (!same || entry.lease !== '') return 'overwritten';
    // The same member, but no longer under a lease: others saw no change; put it back, or it outlives this process.
    const put = store.put(key, encodeMember(member), { lease: term.lease });
    term.revision = (await limited(clock, expiry(term) - clock.now(), put)) ?? term.revision;
    return undefined;
  }

  /** Looks at the key soon when it changes. Only a hint: what it misses the next confirmation finds. */
  #watchKey(term: Term): void {
    if (this.#keyWatch !== undefined) return;
    const { store, key } = this.#options;
    this.#keyWatch = store.watch(key, term.revision + 1, {
      created: () => {},
      events: (events) => {
        const ours = events.filter((event) => (event.type === 'put' ? event.entry.key : event.key) === key);
        const last = ours.at(-1);
        if (last === undefined || (last.type === 'put' && last.entry.lease === this.#term?.lease)) return;
        this.#pause.cut();
      },
      ended: () => {
        this.#keyWatch = undefined;
      },
    });
  }

  async #lost(term: Term, reason: LossReason): Promise<void> {
    const { clock, onEvent } = this.#options;
    this.#term = undefined;
    this.#keyWatch?.cancel();
    this.#keyWatch = undefined;
    onEvent({ kind: 'lost', reason, silentMs: clock.now() - term.confirmedAt });
    await this.#pause.wait(this.#backoff.next());
  }

  async #retryLater(error: unknown, delayMs: number): Promise<void> {
    if (this.#left) return;
    this.#options.onEvent({ kind: 'retrying', error: CacheError.from(error, 'unavailable'), delayMs });
    await this.#pause.wait(delayMs);
  }
}

function expiry(term: Term): number {
  return term.confirmedAt + CONFIRMED_FOR * term.ttlMs;
}

function isMember(value: string, member: Member): boolean {
  try {
    return sameMember(decodeMember(member.id, value), member);
  } catch {
    return false; // whatever it is, it is not the member
  }
}
