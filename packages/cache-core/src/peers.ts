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
  readonly #clients = new Map<string, { readonly member: Member; readonly client: PeerClient }>();
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
      onAnswer: (id, askedAt) => this.breakers.alive(id, askedAt),
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

  /**
   * Owners of the key before the last change of the ring, to be asked for it while the handoff lasts, the latest first. Without
   * those that are elsewhere now: the process that has their id now holds nothing of theirs.
   */
  previousOwners(key: string): Member[] {
    const owners = this.tenure.previousOwners(key, this.#clock.now());
    return owners.filter((owner) =>
      isUnmoved(
        this.#ring.members.find(({ id }) => id === owner.id),
        owner,
      ),
    );
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
    const listed = members.length === 0 ? [this.self] : members;
    if (!isListOf(listed, this.#ring)) this.#take(listed);
    this.#stale = stale;
    this.pledges.update(members.some(({ id }) => id === this.self.id));
    for (const listener of this.#listeners) listener(this);
  }

  #take(members: readonly Member[]): void {
    const before = new Map(this.#ring.members.map((member) => [member.id, member]));
    const ring = Ring.of(members, this.#ringOptions);
    if (ring.divisor > 1 && ring.divisor !== this.#ring.divisor) this.#onError(tooManyPoints(ring));
    this.#ring = ring;
    this.tenure.update(this.#ring, this.#clock.now());
    this.breakers.keep({ has: (id) => ring.members.some((is) => is.id === id && isUnmoved(before.get(id), is)) });
    for (const is of ring.members) this.#closeElsewhere(is);
    this.#partings?.cancel();
    this.#partings = this.#clock.setTimeout(() => this.#closeStrangers(), this.handoffMs);
  }

  /** Calls back after every update until the returned function is called. */
  onUpdate(listener: (peers: Peers) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The client of another member at its address, made when first asked for. */
  client(member: Member): PeerClient {
    const dialled = this.#clients.get(member.id);
    if (dialled !== undefined && isUnmoved(dialled.member, member)) return dialled.client;
    if (dialled !== undefined) this.#closeClient(member.id); // the id is at another address now
    const client = this.#dial(member);
    this.#clients.set(member.id, { member, client });
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
    await Promise.allSettled(clients.map(({ client }) => client.close()));
  }

  #closeStrangers(): void {
    for (const id of [...this.#clients.keys()]) {
      if (!this.#ring.has(id) && !this.pledges.knows(id)) this.#closeClient(id);
    }
  }

  #closeElsewhere(member: Member): void {
    const dialled = this.#clients.get(member.id);
    if (dialled !== undefined && !isUnmoved(dialled.member, member)) this.#closeClient(member.id);
  }

  #closeClient(id: string): void {
    const { client } = this.#clients.get(id)!;
    this.#clients.delete(id);
    client.close().catch((error: unknown) => this.#onError(CacheError.from(error)));
  }
}

/** Whether the id is where it was; also if it was nowhere. */
function isUnmoved(was: Member | undefined, is: Member): boolean {
  return was === undefined || (was.grpc === is.grpc && was.http === is.http);
}

/** Whether the ring is of these members, at these addresses. */
function isListOf(members: readonly Member[], ring: Ring<Member>): boolean {
  if (members.length !== ring.size || new Set(members.map(({ id }) => id)).size !== ring.size) return false;
  const inRing = new Map(ring.members.map((member) => [member.id, member]));
  return members.every((is) => {
    const was = inRing.get(is.id);
    return was !== undefined && was.weight === is.weight && isUnmoved(was, is);
  });
}

function tooManyPoints({ members, replicas, divisor }: Ring<Member>): CacheError {
  const each = Math.max(1, Math.round(replicas / divisor));
  return new CacheError(
    'invalid_argument',
    `the ${members.length} members ask for more points than a ring can have: one of weight 1 gets ${each} of ${replicas}, ` +
      'and shares are less even. Lower the weights, or replicas',
  );
}
