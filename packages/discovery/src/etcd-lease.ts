// The lease under which a member's registration lies. There is one at a time that counts. Others may live for a while: one that
// nobody answered for, and one that was granted after the wait for it had ended. They are revoked at the next success, and when
// the member leaves: else the member's key could stay in the list for another TTL.

import { CacheError, type Clock, type OnError } from '@ringcache/cache-core';
import type { EtcdStore } from './etcd-store.js';
import { Backoff, limited, Pause } from './waiting.js';

/** Part of the TTL after which a lease that nobody prolonged counts as lost. The rest is for clocks that run apart, and for acting. */
export const CONFIRMED_FOR = 0.8;
export const LEAVE_LIMIT_MS = 3_000; // then the lease's own end has to do
const RETRY = { baseMs: 100, maxMs: 2_000 };
const MAX_OTHERS = 16; // further ones end by themselves

export interface EtcdLeaseOptions {
  readonly store: EtcdStore;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Called when leases could not be revoked while the member left. */
  readonly onError: OnError;
}

/** Waits for an answer of etcd, for a limited time; rejects also if the member has left meanwhile. */
export type Step = <T>(work: Promise<T>) => Promise<T>;

interface Present {
  readonly id: string;
  readonly ttlMs: number;
  readonly prolongedAt: number;
}

export class EtcdLease {
  readonly #options: EtcdLeaseOptions;
  readonly #others = new Set<string>();
  #present: Present | undefined;
  #leaving: Promise<void> | undefined;

  constructor(options: EtcdLeaseOptions) {
    this.#options = options;
  }

  /** Empty: there is none. */
  get id(): string {
    return this.#present?.id ?? '';
  }

  /** As etcd granted it, which may be longer than was asked for. */
  get ttlMs(): number {
    return this.#present?.ttlMs ?? this.#options.ttlMs;
  }

  get hasLeft(): boolean {
    return this.#leaving !== undefined;
  }

  /**
   * Prolongs the lease. Returns false if there is none, or none that counts any more: one that nobody answered for in a long
   * time is given up, as a new lease may be granted where a keep-alive fails.
   * @param onExpired called if etcd says that the lease has ended.
   */
  async prolong(step: Step, onExpired: () => void): Promise<boolean> {
    const { store, clock, ttlMs } = this.#options;
    const askedAt = clock.now();
    const present = this.#present;
    if (present === undefined) return false;
    if (askedAt - present.prolongedAt >= CONFIRMED_FOR * ttlMs) {
      this.#present = undefined;
      this.#remember(present.id);
      return false;
    }
    if ((await step(store.keepAlive(present.id))) > 0) {
      this.#present = { ...present, prolongedAt: askedAt };
      return true;
    }
    this.#present = undefined;
    onExpired();
    return false;
  }

  /** Takes a new lease, where there is none. */
  async take(step: Step): Promise<void> {
    const { store, clock, ttlMs } = this.#options;
    const askedAt = clock.now();
    const granting = store.grant(ttlMs).then((lease) => {
      this.#remember(lease.id); // also if nobody waits for it any more
      return lease;
    });
    const granted = await step(granting);
    this.#others.delete(granted.id);
    this.#present = { ...granted, prolongedAt: askedAt };
  }

  /** Revokes, in the background, what lives beside the present one. The member's key must have left it. */
  revokeOthers(): void {
    for (const lease of this.#others) {
      this.#others.delete(lease);
      this.#options.store.revoke(lease).catch(() => this.#remember(lease));
    }
  }

  /**
   * Revokes all, and asks again while etcd cannot answer, as when it elects a leader: else the list would show the member for
   * another TTL. Takes {@link LEAVE_LIMIT_MS} at most; never rejects.
   */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    const { store, clock, random, onError } = this.#options;
    const leases = new Set(this.#others);
    if (this.#present !== undefined) leases.add(this.#present.id);
    const backoff = new Backoff({ ...RETRY, random });
    const pause = new Pause(clock);
    let isOver = false;
    let why: CacheError | undefined;
    const revokeAll = async () => {
      while (leases.size > 0 && !isOver) {
        const revoke = async (lease: string) => store.revoke(lease).then(() => leases.delete(lease));
        for (const { reason } of (await Promise.allSettled([...leases].map(revoke))) as { reason?: unknown }[]) {
          if (reason !== undefined) why = CacheError.from(reason, 'unavailable');
        }
        if (leases.size > 0 && !isOver) await pause.wait(backoff.next());
      }
    };
    try {
      await limited(clock, LEAVE_LIMIT_MS, revokeAll());
    } catch (error) {
      onError(why ?? CacheError.from(error)); // no harm done: a lease ends by itself
    } finally {
      isOver = true;
      pause.cut();
    }
  }

  #remember(lease: string): void {
    if (this.hasLeft)
      this.#options.store.revoke(lease).catch(() => {}); // it ends by itself otherwise
    else if (this.#others.size < MAX_OTHERS) this.#others.add(lease);
  }
}
