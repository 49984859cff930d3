import { type Dialect, Ring } from '@ringcache/hashring';

import { Breakers } from './breakers.js';
import { pause, systemClock } from './clock.js';
import type { Clock, Dial, OnError, PeerClient, RingView, Timer } from './contracts.js';
import { CacheError } from './errors.js';
import { Invalidations } from './invalidations.js';
import type { LimitReport } from './limit-report.js';
import { type Member, ofNoProcess } from './member.js';
import type { ExchangeReply, ExchangeRequest } from './membership/exchange.js';
import { MAX_PEERS, Membership, type ViewChange } from './membership/membership.js';
import type { Trouble } from './membership/trouble.js';
import { DEFAULT_CLUSTER, keyOf, type ViewMember } from './membership/view.js';
import type { ViewDirectory } from './membership/view-directory.js';
import { OwnershipHistory } from './ownership.js';

export interface PeersOptions {
  /** This node. */
  self: Member;
  /**
   * Random text of this process: under one id, another process is another member. 1 to 64 letters, digits, '_' or '-'. Default:
   * none, which is enough where nobody exchanges anything.
   */
  incarnation?: string | undefined;
  /** Members of one cluster take each other for members. Default `default`. */
  cluster?: string | undefined;
  /** Keeps the record of views. Left out: a list says who the members are, `members` at first, then {@link Peers.update}. */
  directory?: ViewDirectory | undefined;
  /** The first list; []: none is known yet. Default: this node alone. */
  members?: readonly Member[] | undefined;
  /**
   * Members tell each other of views. False, as in dialects of others: each is taken for granted, and a copy of what it owns
   * lives for its time, whatever happens to the member. Default true.
   */
  exchanges?: boolean | undefined;
  dial: Dial;
  /** How the ring hashes. Default `ringcache`. */
  dialect?: Dialect | undefined;
  /** Points a member of weight 1 has on the ring. Default: the dialect's. */
  replicas?: number | undefined;
  /**
   * For how long after a change of the ring a new owner asks the owner before it, ahead of the origin, in ms; also how long
   * those are reached that have left. Default 10,000; 0: not at all.
   */
  handoffMs?: number | undefined;
  /** How long a grant lasts, in ms; the same on every member. Default 2,000. */
  grantMs?: number | undefined;
  /** How long a registration lasts that nobody renews, in ms; the same on every member. Default 10,000. */
  ttlMs?: number | undefined;
  /** For how long a silent member that is registered stays in the ring, in ms. Default: three times `ttlMs`. */
  graceMs?: number | undefined;
  /** How long a member that finds nobody waits before it writes a first view, in ms. Default: `ttlMs`. */
  anewMs?: number | undefined;
  clock?: Clock | undefined;
  /** 0 ≤ x < 1, for jitter. Default `Math.random`. */
  random?: (() => number) | undefined;
  /** Called with failures in the background. Default: nobody. */
  onError?: OnError | undefined;
}

const DEFAULT_HANDOFF_MS = 10_000;
const RESEND_TIMEOUT_MS = 1_000;
const CHANGE_MS = 1_000; // within it a change of view is over, where no member is silent
const LOOK_AGAIN_MS = 20;

/** The ring as this node sees it, what this node may do in it at the moment, and a client for each other member. */
export class Peers {
  readonly self: ViewMember;
  /** Members that did not answer of late. */
  readonly breakers: Breakers;
  readonly ownership: OwnershipHistory;
  /** What other members have not acknowledged. */
  readonly invalidations: Invalidations;
  readonly handoffMs: number;
  /** Whether members tell each other of views; else each is taken for granted. */
  readonly exchanges: boolean;

  readonly #cluster: string;
  readonly #membership: Membership;
  readonly #dial: Dial;
  readonly #ringOptions: { dialect?: Dialect; replicas?: number };
  readonly #onError: OnError;
  readonly #clock: Clock;
  readonly #clients = new Map<string, { readonly member: ViewMember; readonly client: PeerClient }>();
  readonly #listeners = new Set<(peers: Peers) => void>();
  #ring: Ring<ViewMember>;
  #isListStale = false;
  #hasLeft = false;
  #partings: Timer | undefined;

  /** With a directory, begins outside of any ring: nothing is kept before {@link start}. */
  constructor(options: PeersOptions) {
    const { clock = systemClock, random = Math.random, exchanges = true, handoffMs = DEFAULT_HANDOFF_MS } = options;
    const { id, grpc, http, weight } = options.self;
    const self = { id, grpc, http, weight, incarnation: options.incarnation ?? '' };
    this.self = self;
    this.exchanges = exchanges;
    this.handoffMs = handoffMs;
    this.#cluster = options.cluster ?? DEFAULT_CLUSTER;
    this.#dial = options.dial;
    this.#ringOptions = {
      ...(options.dialect === undefined ? {} : { dialect: options.dialect }),
      ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    };
    this.#onError = options.onError ?? (() => {});
    this.#clock = clock;
    this.#ring = Ring.of([self], this.#ringOptions);
    this.breakers = new Breakers({ clock, random });
    this.ownership = new OwnershipHistory({ self: self.id, handoffMs });
    this.invalidations = new Invalidations({
      client: (member) => this.client(member),
      keyOf: (member) => this.#membership.keyOf(member),
      timeoutMs: RESEND_TIMEOUT_MS,
    });
    this.#membership = new Membership({
      self,
      cluster: this.#cluster,
      hashing: `${this.#ring.dialect}/${this.#ring.replicas}`,
      directory: options.directory,
      exchange: exchanges ? (to, request, timeoutMs) => this.#exchange(to, request, timeoutMs) : undefined,
      hooks: {
        owes: (name) => this.invalidations.hasMissed(name),
        resend: (name) => this.invalidations.resend(name),
        isSettled: () => this.ownership.isSettled(clock.now()),
        onView: (change) => this.#take(change),
        onGap: () => {},
        onDirectory: () => this.#changed(),
      },
      clock,
      random,
      grantMs: options.grantMs,
      ttlMs: options.ttlMs,
      graceMs: options.graceMs,
      anewMs: options.anewMs,
      onError: this.#onError,
    });
    const { directory, members = [self] } = options;
    if (directory === undefined && members.length > 0) this.update(members);
  }

  /** Begins to register and to exchange with other members, where there is a directory. */
  start(): void {
    this.#membership.start();
  }

  /**
   * Takes on a list of members, where there is no directory. A node that is not in it keeps nothing.
   * @throws {TypeError} {RangeError} of no such list a ring can be made: the ring stays as it was.
   */
  update(members: readonly Member[], stale = false): void {
    if (members.length > 0) Ring.of(members, this.#ringOptions); // a bad list is refused before anything of it is in force
    const wasStale = this.#isListStale;
    this.#isListStale = stale;
    const { view } = this.#membership;
    this.#membership.update(members);
    if (this.#membership.view === view && stale !== wasStale) this.#changed();
  }

  get ring(): Ring<ViewMember> {
    return this.#ring;
  }

  /** This member is in the ring. */
  get isInView(): boolean {
    return this.#membership.isInView;
  }

  /** Which view the ring is of; '': none yet. */
  get viewId(): string {
    return this.#membership.view?.id ?? '';
  }

  /** Counts the views of a cluster; 0: none yet. */
  get viewNumber(): number {
    return this.#membership.view?.number ?? 0;
  }

  /** The directory is out of reach, or the list is the last one that was read. */
  get stale(): boolean {
    return this.#isListStale || this.#membership.isDirectoryAway;
  }

  /**
   * Whether this member may serve what it holds, and keep what it gets. Else it is in doubt, or in no view. To be asked when an
   * answer is given. Cost: a comparison of times.
   */
  get mayAct(): boolean {
    return this.#membership.mayAct;
  }

  /** Whether no member can act in the view before the present one any more. */
  get isActive(): boolean {
    return this.#membership.isActive;
  }

  /** What this member holds may be handed over: it has missed no write for as long as it owned it. */
  get mayHandOver(): boolean {
    return this.#hasLeft || this.#membership.mayAct;
  }

  /** For how long another member may go on serving copies that it was not told of, in ms. */
  get waitMs(): number {
    return this.#membership.waitMs;
  }

  owns(key: string): boolean {
    return this.#ring.owner(key).id === this.self.id;
  }

  /** Whether this member acts as the key's owner now: at most one member does. */
  actsAsOwner(key: string): boolean {
    if (!this.#membership.mayAct || !this.owns(key)) return false;
    return this.#membership.isActive || this.ownership.ownedBefore(key);
  }

  /** Returns why this member does not act as the owner of a key. */
  whyNoOwner(): CacheError {
    const { id } = this.self;
    if (!this.isInView) return new CacheError('not_owner', `${id} is in no ring at this moment`);
    if (!this.mayAct) return new CacheError('not_owner', `${id} is cut off from other members, or has just started`);
    return new CacheError('not_owner', `${id} does not act as the key's owner at this moment`);
  }

  /**
   * Returns what stays the same for as long as the owner of a key grants this member its view without a gap, and the view does
   * not change; 0: nothing that is got from the owner may be kept.
   */
  grantEpoch(owner: ViewMember): number {
    return this.#membership.mayAct ? this.#membership.grantEpoch(this.#membership.keyOf(owner)) : 0;
  }

  /** Whether what was got from an owner under this {@link grantEpoch} may be served. */
  isGrantLive(epoch: number): boolean {
    return this.#membership.isGrantLive(epoch);
  }

  /** Whether the member answers nothing that it is asked; one that has left is not asked. */
  isSilent(member: ViewMember): boolean {
    if (this.breakers.isOpen(member.id)) return true;
    return this.#ring.has(member.id) && this.#membership.isSilent(this.#membership.keyOf(member));
  }

  /** Every member of the ring but this node. */
  others(): ViewMember[] {
    return this.#ring.members.filter((member) => member.id !== this.self.id);
  }

  /** The members that may hold copies of what this node owns, in the ring or not. */
  invalidationTargets(): ViewMember[] {
    return this.#membership.invalidationTargets();
  }

  /**
   * Returns the owner of the key before this node, to be asked for it while the handoff lasts. Not one whose id another process
   * has now: that holds nothing of it.
   */
  ownerBefore(key: string): ViewMember | undefined {
    const owner = this.ownership.ownerBefore(key, this.#clock.now()) as ViewMember | undefined;
    if (owner === undefined) return undefined;
    const present = this.#ring.members.find(({ id }) => id === owner.id);
    return present === undefined || isSameProcess(present, owner) ? owner : undefined;
  }

  get isHandingOff(): boolean {
    return this.ownership.isHandingOff(this.#clock.now());
  }

  /**
   * Attempts something that a key's owner alone can do, over and over for at most a second, as long as it fails with
   * `not_owner`: as a rule the view is changing.
   * @throws {CacheError} what the attempt throws; `unavailable` in place of `not_owner`.
   */
  async untilOwned<T>(attempt: () => Promise<T>, timeoutMs = Number.POSITIVE_INFINITY): Promise<T> {
    const giveUpAt = this.#clock.now() + Math.min(CHANGE_MS, timeoutMs / 2);
    for (let delayMs = LOOK_AGAIN_MS; ; delayMs = Math.min(delayMs * 2, LOOK_AGAIN_MS * 8)) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof CacheError) || error.code !== 'not_owner') throw error;
        if (this.#clock.now() < giveUpAt) await pause(this.#clock, delayMs);
        else throw new CacheError('unavailable', error.message, { cause: error });
      }
    }
  }

  /** Answers another member's exchange. @throws {CacheError} `unavailable`: it is meant for another process. */
  answer(request: ExchangeRequest): ExchangeReply {
    return this.#membership.answer(request);
  }

  /**
   * Checks whom a peer's request is meant for.
   * @param to the key of the addressee; without an incarnation: whatever process has the id.
   * @throws {CacheError} `unavailable`: another process, or a member of another cluster.
   */
  checkAddressee(cluster: string, to: string): void {
    this.#membership.checkAddressee(cluster, to);
  }

  /** Returns what keeps members from each other at the moment. */
  troubles(): Trouble[] {
    return this.#membership.troubles();
  }

  /** Returns what grows with the number of members, and with how often they come and go. */
  limits(): LimitReport[] {
    return [
      ...this.#membership.limits(),
      { name: 'connections', size: this.#clients.size, limit: MAX_PEERS },
      ...this.breakers.limits(MAX_PEERS),
      ...this.ownership.limits(),
      ...this.invalidations.limits(),
    ];
  }

  /** Calls back after every change of the ring or of `stale`, until the returned function is called. */
  onUpdate(listener: (peers: Peers) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The client of another member at its address, made when first asked for. */
  client(member: ViewMember): PeerClient {
    const dialled = this.#clients.get(member.id);
    if (dialled !== undefined && isSameProcess(dialled.member, member)) return dialled.client;
    if (dialled !== undefined) this.#closeClient(member.id); // another process has the id now
    const client = this.#dial(member);
    this.#clients.set(member.id, { member, client });
    return client;
  }

  view(): RingView {
    const { members, dialect, replicas, fingerprint } = this.#ring;
    return { self: this.self.id, members: members.map(ofNoProcess), dialect, replicas, fingerprint, stale: this.stale };
  }

  /**
   * Leaves the ring: acts on until the others go by a ring without this member.
   * Resolves with false if they do not within `timeoutMs`.
   */
  async leave(timeoutMs: number): Promise<boolean> {
    const hasLeft = await this.#membership.leave(timeoutMs);
    this.#hasLeft ||= hasLeft || this.#membership.mayAct;
    return hasLeft;
  }

  /** Never acts again, says so to the others, and closes every client. */
  async close(): Promise<void> {
    this.#hasLeft ||= this.#membership.mayAct;
    this.#listeners.clear();
    this.#partings?.cancel();
    await this.#membership.close();
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.allSettled(clients.map(({ client }) => client.close()));
  }

  async #exchange(to: ViewMember, request: ExchangeRequest, timeoutMs: number): Promise<ExchangeReply> {
    const askedAt = this.#clock.now();
    try {
      const reply = await this.client(to).exchange(request, { timeoutMs });
      this.breakers.alive(to.id, askedAt);
      return reply;
    } catch (error) {
      if (this.#ring.has(to.id)) this.breakers.silent(to.id);
      throw error;
    }
  }

  #take({ view, kind }: ViewChange): void {
    const before = this.#ring;
    try {
      this.#ring = Ring.of(view.members.length === 0 ? [this.self] : view.members, this.#ringOptions);
    } catch (error) {
      this.#onError(CacheError.from(error, 'invalid_argument'));
    }
    const ring = this.#ring;
    if (ring.divisor > 1 && ring.divisor !== before.divisor) this.#onError(tooManyPoints(ring));
    if (kind === 'isolated') this.ownership.isolate();
    this.ownership.follow(
      view.members.length === 0 ? undefined : ring,
      this.#ringBefore(view.before, before),
      this.#clock.now(),
    );
    if (kind === 'left') this.#hasLeft = true;
    const was = new Map(before.members.map((member) => [member.id, member]));
    const isUnmoved = (is: ViewMember) => isSameProcess(was.get(is.id) ?? is, is);
    this.breakers.keep({ has: (id) => ring.members.some((is) => is.id === id && isUnmoved(is)) });
    for (const is of ring.members) this.#closeElsewhere(is);
    this.invalidations.viewChanged();
    this.#partings?.cancel();
    const partAfterMs = Math.max(this.handoffMs, this.exchanges ? this.waitMs : 0);
    this.#partings = this.#clock.setTimeout(() => this.#part(), partAfterMs);
    this.#changed();
  }

  /** The ring of the view before; a newcomer was not in it. */
  #ringBefore(members: readonly ViewMember[], mine: Ring<ViewMember>): Ring<ViewMember> | undefined {
    const names = new Set(members.map(keyOf));
    if (names.size === 0) return undefined;
    const isMine = mine.size === members.length && mine.members.every((member) => names.has(keyOf(member)));
    return isMine ? mine : Ring.of(members, this.#ringOptions);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener(this);
  }

  /** Forgets members that are out of the ring, and can count on no grant any more. */
  #part(): void {
    const left = [...this.#ring.members, ...this.invalidationTargets()];
    const ids = new Set(left.map(({ id }) => id));
    for (const id of [...this.#clients.keys()]) if (!ids.has(id)) this.#closeClient(id);
    this.invalidations.keep(new Set(left.map((member) => this.#membership.keyOf(member))));
  }

  #closeElsewhere(member: ViewMember): void {
    const dialled = this.#clients.get(member.id);
    if (dialled !== undefined && !isSameProcess(dialled.member, member)) this.#closeClient(member.id);
  }

  #closeClient(id: string): void {
    const { client } = this.#clients.get(id)!;
    this.#clients.delete(id);
    client.close().catch((error: unknown) => this.#onError(CacheError.from(error)));
  }
}

/** Whether the two are one process at one address, as far as is known. */
function isSameProcess(a: ViewMember, b: ViewMember): boolean {
  return a.incarnation === b.incarnation && a.grpc === b.grpc && a.http === b.http;
}

function tooManyPoints({ members, replicas, divisor }: Ring<Member>): CacheError {
  const each = Math.max(1, Math.round(replicas / divisor));
  return new CacheError(
    'invalid_argument',
    `the ${members.length} members ask for more points than a ring can have: one of weight 1 gets ${each} of ${replicas}, ` +
      'and shares are less even. Lower the weights, or replicas',
  );
}
