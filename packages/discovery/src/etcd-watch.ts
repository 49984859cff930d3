// Follows the member list in etcd. Read the whole list, watch from the revision after it, and after half a minute, or at
// the first sign of trouble, begin again. A watch is never resumed and never trusted for long: streams have gone silent,
// have skipped events across a reconnection, and die with their history when etcd compacts it. A read costs one request;
// what a watch adds is only that changes show at once.

import { CacheError, type Clock, type OnError, type Timer } from '@ringcache/cache-core';
import type { Snapshot } from './discovery.js';
import type { EtcdStore } from './etcd-store.js';
import { sameMember } from './member-record.js';
import { MemberTable } from './member-table.js';
import { Backoff, Pause } from './waiting.js';

export const REREAD_MS = 30_000; // the longest an event that was lost goes unnoticed
export const STALE_AFTER_MS = 3_000; // one member of etcd that dies is replaced sooner: nobody needs to hear of it
export const WATCH_CREATED_MS = 3_000; // for etcd to confirm a watch; it says nothing at all if it is away
const RETRY = { baseMs: 100, maxMs: 2_000 };

export interface FollowOptions {
  readonly store: EtcdStore;
  readonly prefix: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** How long members are kept after an outage that etcd no longer lists: time for them to register again. */
  readonly graceMs: number;
  /** Gets the list whenever it, or `stale`, has changed. */
  readonly publish: (snapshot: Snapshot) => void;
  readonly onError: OnError;
}

/** Keeps the list followed until `stop()`. */
export class ListFollower {
  readonly #options: FollowOptions;
  readonly #table: MemberTable;
  readonly #pause: Pause;
  readonly #backoff: Backoff;
  readonly #done: Promise<void>;
  #stopped = false;
  #stale = false;
  #published: Snapshot | undefined;
  #staleTimer: Timer | undefined;
  #graceTimer: Timer | undefined;
  #endWatch: (() => void) | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#table = new MemberTable(options.prefix, options.onError);
    this.#pause = new Pause(options.clock);
    this.#backoff = new Backoff({ ...RETRY, random: options.random });
    this.#done = this.#run();
  }

  /** Resolves when nothing is under way any more: at once, or after the request that etcd has yet to answer. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#endWatch?.();
    this.#pause.cut();
    this.#staleTimer?.cancel();
    this.#graceTimer?.cancel();
    return this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#read();
        if (!this.#stopped) await this.#watch();
      } catch (error) {
        if (this.#stopped) return;
        this.#outOfSight();
        this.#options.onError(CacheError.from(error, 'unavailable'));
        await this.#pause.wait(this.#backoff.next());
      }
    }
  }

  async #read(): Promise<void> {
    const { store, prefix } = this.#options;
    let list = await store.read(prefix);
    if (list.entries.length === 0) list = await store.read(prefix); // a second look, before a ring is emptied
    if (this.#stopped) return;
    // An empty list where there was one is an etcd that was set up anew, or worse; leaving shows as events, not like this.
    const outage = this.#stale || list.entries.length === 0;
    this.#table.replace(list.entries, list.revision, { hold: outage });
    if (this.#table.held > 0 && (outage || this.#graceTimer === undefined)) this.#startGrace();
    this.#inSight();
  }

  /** Resolves when it is time to read again; rejects when the watch failed. */
  #watch(): Promise<void> {
    const { store, prefix, clock, random } = this.#options;
    return new Promise((resolve, reject) => {
      const end = (finish: () => void) => {
        timer.cancel();
        watch.cancel();
        this.#endWatch = undefined;
        finish();
      };
      const late = () => reject(new CacheError('deadline', `etcd confirmed no watch in ${WATCH_CREATED_MS} ms`));
      let timer = clock.setTimeout(() => end(late), WATCH_CREATED_MS);
      this.#endWatch = () => end(resolve);
      const watch = store.watch(prefix, this.#table.revision + 1, {
        created: () => {
          this.#backoff.reset();
          timer.cancel();
          timer = clock.setTimeout(() => end(resolve), REREAD_MS * (1 - random() / 10)); // members read at different times
        },
        events: (events) => {
          this.#table.apply(events);
          if (this.#table.listed > 0) this.#publish();
          else end(resolve); // the last one has gone: read, which takes a second look
        },
        ended: (error) => end(() => reject(error)),
      });
    });
  }

  #outOfSight(): void {
    if (this.#stale || this.#staleTimer !== undefined) return;
    this.#staleTimer = this.#options.clock.setTimeout(() => {
      this.#stale = true;
      this.#publish();
    }, STALE_AFTER_MS);
  }

  #inSight(): void {
    this.#staleTimer?.cancel();
    this.#staleTimer = undefined;
    this.#stale = false;
    this.#published ??= { members: [], stale: true }; // from now on there is a list, if an empty one
    this.#publish();
  }

  #startGrace(): void {
    this.#graceTimer?.cancel();
    this.#graceTimer = this.#options.clock.setTimeout(() => {
      this.#graceTimer = undefined;
      if (this.#staleTimer !== undefined) return; // etcd is away again: they have not had their time yet
      this.#table.release();
      this.#publish();
    }, this.#options.graceMs);
  }

  #publish(): void {
    if (this.#published === undefined) return; // nothing has been read yet: better no list than an empty one
    const snapshot: Snapshot = { members: this.#table.members(), stale: this.#stale };
    if (sameSnapshot(snapshot, this.#published)) return;
    this.#published = snapshot;
    this.#options.publish(snapshot);
  }
}

function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  if (a.stale !== b.stale || a.members.length !== b.members.length) return false;
  return a.members.every((member, i) => sameMember(member, b.members[i]!));
}
