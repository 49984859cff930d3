import { type Dialect, Ring } from '@ringcache/hashring';

import { Breakers } from './breakers.js';
import { systemClock } from './clock.js';
import type { Clock, Dial, OnError, PeerClient, RingView, Timer } from './contracts.js';
import { CacheError } from './errors.js';
import type { Member } from './member.js';
import { Pledges } from './pledges.js';
import { Telling } from './telling.js';
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
  /**
   * Whether this member is sure to be in the list of members at this moment, where that list lives and a place in it can be
   * lost. Left out: the list is fixed, and everybody has the same.
   */
  listed?: (() => boolean) | undefined;
  /**
   * Whether the list in force was read after this member's present place in it was taken. Left out: if it is in it.
   */
  shown?: (() => boolean) | undefined;
  /** For how long a member's word to tell of its writes holds, in ms; the same on every member. Default 2,000. */
  pledgeMs?: number;
  /**
   * For how long a member that hears nothing of another goes on with what it holds, in ms: longer than a member that died
   * stays in the list. Default 12,000.
   */
  cutOffMs?: number;
  clock?: Clock;
  /** 0 ≤ x < 1, for jitter. Default `Math.random`. */
  random?: () => number;
  /** Hears of clients that could not be closed. Default: nobody. */
  onError?: OnError;
}

const DEFAULT_HANDOFF_MS = 10_000;
const DEFAULT_PLEDGE_MS = 2_000; // short: for so long a member that was cut off may not know it
const DEFAULT_CUT_OFF_MS = 12_000; // over the default TTL of a place in the list, and a second to see it go
const TOLD_FOR = 1.5; // of pledgeMs, on the side that gives its word: clocks that run apart by a half do no harm

/** The ring as this node sees it, and a client for each other member of it. */
export class Peers {
  readonly self: Member;
  /** Members that did not answer of late. */
  readonly breakers: Breakers;
  readonly tenure: Tenure;
  /** Who has to be told of a write besides the members of the ring. */
  readonly telling: Telling;
  /** Whether this member is told of the others' writes, and so may keep values. */
  readonly pledges: Pledges;
  readonly handoffMs: number;
  /** How stale a member can get that was not told of a write, beside the life of a copy, in ms. */
  readonly staleForMs: number;

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
    const { pledgeMs = DEFAULT_PLEDGE_MS, cutOffMs = DEFAULT_CUT_OFF_MS } = options;
    this.staleForMs = pledgeMs + cutOffMs;
    const client = (member: Member) => this.client(member);
    this.telling = new Telling({ clock: this.#clock, client, tellForMs: pledgeMs * TOLD_FOR, timeoutMs: pledgeMs / 2 });
    this.pledges = new Pledges({
      self: options.self,
      clock: this.#clock,
      telling: this.telling,
      ask: async (member, self, timeoutMs) => client(member).pledge(self, this.#ring.fingerprint, { timeoutMs }),
      onAnswer: (id) => this.breakers.answered(id),
      onSilence: (id) => {
        if (this.#ring.has(id)) this.breakers.silent(id);
      },
      ring: () => this.#ring,
      listed: options.listed,
      shown: options.shown,
      pledgeMs,
      cutOffMs,
    });
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

  /** Every member that a write has to be told, in the ring or not, but this node. */
  told(): Member[] {
    const told = new Map<string, Member>();
    for (const member of [...this.others(), ...this.telling.outside(this.#ring), ...this.pledges.others()]) {
      if (member.id !== this.self.id && !told.has(member.id)) told.set(member.id, member);
    }
    return [...told.values()];
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
   * @throws {TypeError} {RangeError} of no such list a ring can be made: the ring stays as it was.
   */
  update(members: readonly Member[], stale = false): void {
    const before = new Map(this.#ring.members.map((member) => [member.id, member]));
    const ring = Ring.of(members.length === 0 ? [this.self] : members, this.#ringOptions);
    if (ring.divisor > 1 && ring.divisor !== this.#ring.divisor) this.#onError(tooManyPoints(ring));
    this.#ring = ring;
    this.#stale = stale;
    this.tenure.update(this.#ring, this.#clock.now());
    const now = new Map(this.#ring.members.map((member) => [member.id, member]));
    this.breakers.keep(now);
    for (const id of [...this.#clients.keys()]) {
      const [was, is] = [before.get(id), now.get(id)];
      if (is !== undefined && was !== undefined && !sameAddress(was, is)) this.#closeClient(id);
    }
    this.pledges.update(members.some(({ id }) => id === this.self.id));
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
    this.pledges.close();
    this.#partings?.cancel();
    await Promise.allSettled(clients.map((client) => client.close()));
  }

  #closeStrangers(): void {
    for (const id of [...this.#clients.keys()]) {
      if (!this.#ring.has(id) && !this.pledges.knows(id)) this.#closeClient(id);
    }
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

function tooManyPoints({ members, replicas, divisor }: Ring<Member>): CacheError {
  const each = Math.max(1, Math.round(replicas / divisor));
  return new CacheError(
    'invalid_argument',
    `the ${members.length} members ask for more points than a ring can have: one of weight 1 gets ${each} of ${replicas}, ` +
      'and shares are less even. Lower the weights, or replicas',
  );
}
