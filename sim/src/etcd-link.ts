// One process's way to etcd, with the faults that the real one is known for: requests that get no answer, a watch that is
// dead and says nothing, or that tells late.

import { CacheError } from '@ringcache/cache-core';
import type { ProcessClock } from '@ringcache/cache-core/testing';
import type { EtcdStore, StoreEvent, WatchListener } from '@ringcache/discovery';

const ATTEMPT_MS = 1_000; // as long as the real client gives a request
const NOTICED_MS = 12_000; // by keep-alive: that a connection is dead

export class EtcdLink {
  isCut = false;
  isDeaf = false;
  lateByMs = 0;
  readonly #store: EtcdStore;
  readonly #clock: ProcessClock;
  readonly #random: () => number;
  readonly #slowMs: () => number;

  constructor(store: EtcdStore, clock: ProcessClock, random: () => number, slowMs: () => number = () => 0) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#slowMs = slowMs;
  }

  store(): EtcdStore {
    const inner = this.#store;
    return {
      read: (...prefixes) => this.#ask(() => inner.read(...prefixes)),
      get: (key) => this.#ask(() => inner.get(key)),
      put: (key, value, options) => this.#ask(() => inner.put(key, value, options)),
      delete: (key) => this.#ask(() => inner.delete(key)),
      grant: (ttlMs) => this.#ask(() => inner.grant(ttlMs)),
      keepAlive: (lease) => this.#ask(() => inner.keepAlive(lease)),
      timeToLive: (lease) => this.#ask(() => inner.timeToLive(lease)),
      revoke: (lease) => this.#ask(() => inner.revoke(lease)),
      watch: (prefix, fromRevision, listener) => this.#watch(prefix, fromRevision, listener),
      close: () => inner.close(),
    };
  }

  /** Both ways take their time; where the link is cut the request or its answer is lost, and nobody can tell which. */
  async #ask<T>(request: () => Promise<T>): Promise<T> {
    await this.#pause(this.#wayMs());
    if (this.isCut) return this.#noAnswer();
    const answer = await this.#clock.inside(request());
    const slowMs = this.#slowMs();
    if (slowMs >= ATTEMPT_MS) return this.#noAnswer();
    await this.#pause(this.#wayMs() + slowMs);
    return this.isCut ? this.#noAnswer() : answer;
  }

  #watch(prefix: string, fromRevision: number, listener: WatchListener): { cancel(): void } {
    let isOver = false;
    const later = (ms: number, act: () => void) =>
      void this.#clock.setTimeout(() => {
        if (!isOver) act();
      }, ms);
    let lastAt = 0; // events keep their order
    const arriveIn = (ms: number) => {
      lastAt = Math.max(lastAt, this.#clock.now() + ms);
      return lastAt - this.#clock.now();
    };
    const end = (error: Error) => {
      if (isOver) return;
      isOver = true;
      listener.ended(error);
    };
    const tell = (events: readonly StoreEvent[]) => {
      if (this.isDeaf) return; // lost, and nobody knows
      if (this.isCut) later(NOTICED_MS, () => end(new CacheError('unavailable', 'the connection is dead')));
      else later(arriveIn(this.lateByMs + this.#wayMs()), () => listener.events(events));
    };
    const inner = this.#store.watch(prefix, fromRevision, {
      created: () => {
        if (!this.isCut) later(arriveIn(this.#wayMs()), () => listener.created());
      },
      events: tell,
      ended: (error) => later(this.#wayMs(), () => end(error)),
    });
    return {
      cancel: () => {
        isOver = true;
        inner.cancel();
      },
    };
  }

  #noAnswer(): Promise<never> {
    return new Promise((_, reject) => {
      const late = () => reject(new CacheError('deadline', 'etcd did not answer'));
      this.#clock.setTimeout(late, ATTEMPT_MS);
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, ms));
  }

  #wayMs(): number {
    return 0.5 + 2 * this.#random();
  }
}
