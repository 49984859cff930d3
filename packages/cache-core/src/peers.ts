import { type Dialect, Ring } from '@ringcache/hashring';

import { Breakers } from './breakers.js';
import { systemClock } from './clock.js';
import type { Clock, Dial, OnError, PeerClient, RingView, Timer } from './contracts.js';
import { CacheError } from './errors.js';
import type { Member } from './member.js';
import { Tenure } from './tenure.js';

export interface PeersOptions {
  /** This node. */
  self: Member;
  dial: Dial;
  /** How the ring hashes. Default `ringcache`. */
  dialect?: Dialect;
  /** Points a member of weight 1 has on the ring. Default: the dialect's. */
  replicas?: number;
  /**
   * For how long after a change of the ring a new owner asks the owners before it, ahead of the origin, in ms; also how long
   * those are reached that have left. Default 10,000; 0: not at all.
   */
  handoffMs?: number;
  clock?: Clock;
  /** 0 ≤ x < 1, for jitter. Default `Math.random`. */
  random?: () => number;
  /** Hears of clients that could not be closed. Default: nobody. */
  onError?: OnError;
}

const DEFAULT_HANDOFF_MS = 10_000;

/** The ring as this node sees it, and a client for each other member of it. */
export class Peers {
  readonly self: Member;
  /** Members that did not answer of late. */
  readonly breakers: Breakers;
  readonly tenure: Tenure;
  readonly handoffMs: number;

  readonly #dial: Dial;
  readonly #ringOptions: { dialect?: Dialect; replicas?: number };
  readonly #onError: OnError;
  readonly #clients = new Map<string, PeerClient>();
  readonly #listeners = new Set<(peers: Peers) => void>();
  #ring: Ring<Member>;
  #stale = false;
  readonly #clock: Clock;
  #partings: Timer | undefined;

  /** Begins with a ring of this node alone. */
  constructor(options: PeersOptions) {
    this.self = options.self;
    this.#dial = options.dial;
    this.#ringOptions = {
      ...(options.dialect === undefined ? {} : { dialect: options.dialect }),
      ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    };
    this.#onError = options.onError ?? (() => {});
    this.#ring = Ring.of([options.self], this.#ringOptions);
    this.#clock = options.clock ?? systemClock;
    this.handoffMs = options.handoffMs ?? DEFAULT_HANDOFF_MS;
    this.breakers = new Breakers({ clock: this.#clock, random: options.random ?? Math.random });
    const { handoffMs } = this;
    this.tenure = new Tenure({ self: options.self.id, handoffMs, ring: this.#ring, now: this.#clock.now() });
  }

  get ring(): Ring<Member> {
    return this.#ring;
  }

  /** Discovery is out of reach; the ring is made of the last list that it gave. */
  get stale(): boolean {
    return this.#stale;
  }

  owns(key: string): boolean {
    return this.#ring.owner(key).id === this.self.id;
  }

  /** Every member of the ring but this node. */
  others(): Member[] {
    return this.#ring.members.filter((member) => member.id !== this.self.id);
  }

  /** Owners of the key before the last change of the ring, to be asked for it while the handoff lasts, the latest first. */
  previousOwners(key: string): Member[] {
    return this.tenure.previousOwners(key, this.#clock.now());
  }

  get isHandingOff(): boolean {
    return this.tenure.isHandingOff(this.#clock.now());
  }

  /**
   * Takes a new list of members; an empty one means a ring of this node alone. Clients of members that moved are closed, of
   * those that left too, once the handoff is over.
   */
  update(members: readonly Member[], stale = false): void {
    const before = new Map(this.#ring.members.map((member) => [member.id, member]));
    this.#ring = Ring.of(members.length === 0 ? [this.self] : members, this.#ringOptions);
    this.#stale = stale;
    this.tenure.update(this.#ring, this.#clock.now());
    const now = new Map(this.#ring.members.map((member) => [member.id, member]));
    this.breakers.keep(now);
    for (const id of [...this.#clients.keys()]) {
      const [was, is] = [before.get(id), now.get(id)];
      if (is !== undefined && was !== undefined && !sameAddress(was, is)) this.#closeClient(id);
    }
    this.#partings?.cancel();
    this.#partings = this.#clock.setTimeout(() => this.#closeStrangers(), this.handoffMs);
    for (const listener of this.#listeners) listener(this);
  }

  /** Calls back after every update until the returned function is called. */
  onUpdate(listener: (peers: Peers) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The client of another member, made when first asked for. */
  client(member: Member): PeerClient {
    let client = this.#clients.get(member.id);
    if (client === undefined) {
      client = this.#dial(member);
      this.#clients.set(member.id, client);
    }
    return client;
  }

  view(): RingView {
    const { members, dialect, replicas, fingerprint } = this.#ring;
    return { self: this.self.id, members, dialect, replicas, fingerprint, stale: this.#stale };
  }

  /** Closes every client. */
  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    this.#listeners.clear();
    this.#partings?.cancel();
    await Promise.allSettled(clients.map((client) => client.close()));
  }

  #closeStrangers(): void {
    for (const id of [...this.#clients.keys()]) if (!this.#ring.has(id)) this.#closeClient(id);
  }

  #closeClient(id: string): void {
    const client = this.#clients.get(id)!;
    this.#clients.delete(id);
    client.close().catch((error: unknown) => this.#onError(CacheError.from(error)));
  }
}

function sameAddress(a: Member, b: Member): boolean {
  return a.grpc === b.grpc && a.http === b.http;
}
