// Decides which members make the ring, and what this member may do at the moment. A member must never serve an older value than one that
// somebody was told is in force everywhere; so what it may do hangs on others' words, each of which lapses.
//
// - A *view* is a numbered list of members; the directory holds the present one in a *record*, replaced by compare-and-set.
// - A *confirmation* is the directory's word for the view, a *grant* another member's. Both count for `grantMs`, from when they
//   were asked for, on the clock of the member that asked. The member that gave a grant remembers it for `waitMs`, which is
//   longer by as much as two clocks may differ. So a grant is a lease (Gray & Cheriton, 1989) without an agreed clock.
// - A member *may act* in its view while the directory confirmed it, or every other member granted it. Else it is *in doubt*:
//   it serves nothing that it holds, and drops nothing, as the doubt may end in the same view.
// - A view is *active* at a member once no member of the view before can still act in that one.
// - A member that is not in the present view, or that skipped one, is *isolated*: it may have missed writes.
//
// ARCHITECTURE.md has the rules by number and a diagram of the states.

import { createHash } from 'node:crypto';

import { pause } from '../clock.js';
import type { Clock, OnError, Timer } from '../contracts.js';
import { CacheError, nobodyAnswered } from '../errors.js';
import type { LimitReport } from '../limit-report.js';
import type { Member } from '../member.js';
import type { ExchangeReply, ExchangeRequest } from './exchange.js';
import type { Trouble } from './trouble.js';
import { follows, isIn, keyOf, type View, type ViewMember } from './view.js';
import type { DirectoryState, ViewDirectory } from './view-directory.js';

/** What has become of what this member holds, with a view that it took on. */
export interface ViewChange {
  readonly view: View;
  /** The view that it went by before. */
  readonly previous: View | undefined;
  /**
   * `first`: it was in no view just before, so whatever it held is another member's since. `next`: entries whose owner is the same in both views stay in service, others are handed
   * over. `left`: it is not in the view any more, and hands over what it owned. `isolated`: it may have missed writes.
   */
  readonly kind: 'first' | 'next' | 'left' | 'isolated';
}

/** What of the data path membership has to know. */
export interface MembershipHooks {
  /** Whether an invalidation to the member was not acknowledged: it gets no grant before it was told again. */
  owes(key: string): boolean;
  /** Tells the member again what it has missed, in the background. */
  resend(key: string): void;
  /** Whether this member can take more keys over now, with what it still takes over from the owners before. */
  isSettled(): boolean;
  /** Called when a view was taken on, before anything is served in it. */
  onView(change: ViewChange): void;
  /** Called when a grant came after the one before had lapsed: copies that were got from the member may be old. */
  onGap(key: string): void;
  /** Called when the directory is out of reach, and when it is back. */
  onDirectory(isAway: boolean): void;
}

export interface MembershipOptions {
  readonly self: ViewMember;
  /** Members of one cluster take each other for members; others are refused. */
  readonly cluster: string;
  /** How the ring hashes: members with other rings are refused, as two of them could act as one key's owner. */
  readonly hashing: string;
  /** Keeps the record. Undefined: {@link Membership.update} says who the members are, as a list that others keep. */
  readonly directory: ViewDirectory | undefined;
  /** Undefined: members do not exchange anything, as in dialects of others, and each is taken to grant whatever is asked. */
  readonly exchange:
    | ((to: ViewMember, request: ExchangeRequest, timeoutMs: number) => Promise<ExchangeReply>)
    | undefined;
  readonly hooks: MembershipHooks;
  readonly clock: Clock;
  /** 0 ≤ x < 1, so that not all members try to replace the record at once. */
  readonly random: () => number;
  /** How long a grant and a confirmation count, in ms; the same on every member. Default 2,000. */
  readonly grantMs?: number | undefined;
  /** How long a registration lives that nobody renews, in ms; the same on every member. Default 10,000. */
  readonly ttlMs?: number | undefined;
  /** For how long a silent member that is registered stays in the view, in ms. Default: three times `ttlMs`. */
  readonly graceMs?: number | undefined;
  /** For how long nobody answers and nobody is registered until a newcomer begins anew, in ms. Default: `ttlMs`. */
  readonly anewMs?: number | undefined;
  readonly onError: OnError;
}

const DEFAULT_GRANT_MS = 2_000;
const DEFAULT_TTL_MS = 10_000;
/** The rates of two members' clocks differ by this factor at most: each runs at 0.82 to 1.22 of the true one. */
export const CLOCK_RATIO = 1.5;
const EXCHANGES_PER_GRANT = 4; // three may be lost
const RENEWALS_PER_TTL = 3;
const TRY_TO_REPLACE = 0.4; // of the times that there is something to change: else all members would try, and one succeed
const AWAY_MS = 3_000; // nobody needs to hear of a directory that is away for a moment
export const MAX_PEERS = 10_000; // a member that asks is remembered for a while, also if it is not in the view
const NEVER = Number.NEGATIVE_INFINITY;
const UNASKED: Grant = { askedAt: Number.POSITIVE_INFINITY, epoch: 1 }; // where nobody exchanges anything

interface Grant {
  readonly askedAt: number;
  /** Another number after each gap, and in each view. */
  readonly epoch: number;
}

/** A member that is in the view or wants to be, as far as this one knows it. */
interface Peer {
  member: ViewMember;
  /** Of the process that answered last; with a fixed list it is not in the member's key. */
  incarnation: string;
  /** When the question was asked that it answered last. */
  heardAt: number;
  /** Since when it does not answer, as far as was noticed. */
  silentSince: number | undefined;
  grant: Grant | undefined;
  /** Why it was not heard the last time that it was asked. */
  refusal: string | undefined;
  /** When this member granted it last. */
  gaveAt: number;
  /** When it was first known to go by the present view. */
  namedViewAt: number | undefined;
  /** The view that it went by last. */
  viewId: string;
  hears: ReadonlySet<string>;
  /** This member is in its view. */
  hasUs: boolean;
  isSettled: boolean;
  isLeaving: boolean;
  /** It never acts again: that stands for its grant for ever. */
  isGone: boolean;
  /** When it asked without being in the view. */
  joinsAt: number;
}

export class Membership {
  readonly self: ViewMember;
  /** For how long another member may still count on what this one granted, in ms of this clock. */
  readonly waitMs: number;

  readonly #options: MembershipOptions;
  readonly #clock: Clock;
  readonly #grantMs: number;
  readonly #ttlMs: number;
  readonly #graceMs: number;
  readonly #anewMs: number;
  /** This member's own key in views. */
  readonly #key: string;
  readonly #peers = new Map<string, Peer>();
  /** The members whose grants have these epochs. */
  readonly #granting = new Map<number, Peer>();
  readonly #bornAt: number;
  #view: View | undefined;
  #acceptedAt = NEVER;
  #isActive = false;
  #confirmedAt = NEVER;
  #actsUntil = NEVER;
  #epochs = 1; // of which the first is UNASKED's
  #registered: readonly ViewMember[] = [];
  #tickedAt: number;
  #stoodStill = false;
  #isRenewing = false;
  #renewedAt = NEVER;
  #failsSince: number | undefined;
  #isDirectoryAway = false;
  #isLeaving = false;
  #isGone = false;
  #timer: Timer | undefined;
  #leftView: () => void = () => {};
  /** Since when the directory has no record, holds this view unarmed, or names only members that are gone. */
  #noRecordSince: number | undefined;
  #unarmedSince: number | undefined;
  #allGoneSince: number | undefined;

  constructor(options: MembershipOptions) {
    const { self, clock, grantMs = DEFAULT_GRANT_MS, ttlMs = DEFAULT_TTL_MS } = options;
    this.self = self;
    this.#options = options;
    this.#clock = clock;
    this.#grantMs = grantMs;
    this.waitMs = grantMs * CLOCK_RATIO;
    this.#ttlMs = ttlMs;
    this.#graceMs = options.graceMs ?? 3 * ttlMs;
    this.#anewMs = options.anewMs ?? ttlMs;
    this.#bornAt = clock.now();
    this.#tickedAt = this.#bornAt;
    this.#key = this.keyOf(self);
  }

  /** Starts to exchange with the others and to renew at the directory. */
  start(): void {
    this.#tick();
  }

  limits(): LimitReport[] {
    const size = Math.max(this.#peers.size, this.#granting.size);
    return [{ name: 'members', size, limit: MAX_PEERS }];
  }

  /** The view that this member goes by; it may be in doubt in it, or not in it at all. */
  get view(): View | undefined {
    return this.#view;
  }

  get isInView(): boolean {
    return isIn(this.#view, this.#key);
  }

  /** Returns whether the directory has not answered for some seconds. */
  get isDirectoryAway(): boolean {
    return this.#isDirectoryAway;
  }

  /** Returns the name of a member as grants and gaps have it: with a list, an id is one member whatever process has it. */
  keyOf(member: ViewMember): string {
    return this.#isList ? keyOf({ id: member.id, incarnation: '' }) : keyOf(member);
  }

  /**
   * Takes on a list of members, where there is no directory; incarnations in it are of no account. Members with equal lists
   * are in the same view.
   */
  update(members: readonly Member[]): void {
    const previous = this.#view;
    const view = listView(members, previous, this.self.id);
    if (view.id !== previous?.id) this.#accept(view);
  }

  /**
   * Whether this member may serve what it holds, and keep what it gets (rule 5). To be asked when an answer is given, never
   * earlier. Cost: a look at the clock; at most every `grantMs` one at each member's grant.
   */
  get mayAct(): boolean {
    const now = this.#clock.now();
    if (now < this.#actsUntil && now - this.#tickedAt <= this.waitMs) return true;
    this.#actsUntil = this.#reckonUntil(now);
    return now < this.#actsUntil;
  }

  /** Returns whether no member can act in the view before the present one any more (rule 6). */
  get isActive(): boolean {
    if (!this.#isActive && this.#view !== undefined) this.#isActive = this.#isOnlyOne(this.#view, this.#clock.now());
    return this.#isActive;
  }

  /** Whether each member of the view before has named this one, or can no longer act in that one. */
  #isOnlyOne({ before, number }: View, now: number): boolean {
    if (this.#asksNobody) return true;
    const hasWaited = now - this.#acceptedAt >= this.waitMs;
    // Before the first there was none; a later one with nobody before it is one that began anew.
    if (before.length === 0) return hasWaited || number === 1;
    const wasIn = before.some((member) => this.keyOf(member) === this.#key);
    for (const member of before) {
      const key = this.keyOf(member);
      const peer = this.#peers.get(key);
      if (key === this.#key || peer?.isGone || peer?.namedViewAt !== undefined) continue;
      if (wasIn || this.#isList) {
        if (!hasWaited) return false;
        continue;
      }
      // A newcomer gave no grants: another member must have stopped granting the old view for as long.
      const stoppedBy = now - this.waitMs;
      const others = before.filter((other) => keyOf(other) !== key);
      const someStopped = others.some((other) => (this.#peers.get(keyOf(other))?.namedViewAt ?? Infinity) <= stoppedBy);
      if (!hasWaited || !someStopped) return false;
    }
    return true;
  }

  /** Returns whether this member acts as the owner of a key (rule 7) that it owns in this view, or owned in the view before. */
  actsAsOwner({ owns, ownedBefore }: { owns: boolean; ownedBefore: boolean }): boolean {
    return owns && this.mayAct && (ownedBefore || this.isActive);
  }

  /**
   * Returns a number that stays the same for as long as the member grants this one without a gap, or 0 if it does not now. A
   * copy, or a flight, from the member is good only while this is the number of when it was asked for (rules 4 and 9).
   */
  grantEpoch(key: string): number {
    const grant = this.#asksNobody ? UNASKED : this.#peers.get(key)?.grant;
    return grant !== undefined && this.#clock.now() - grant.askedAt < this.#grantMs ? grant.epoch : 0;
  }

  /** Returns whether a grant of this {@link grantEpoch} still counts. Cost: a lookup in a map of the members. */
  isGrantLive(epoch: number): boolean {
    const grant = this.#asksNobody ? UNASKED : this.#granting.get(epoch)?.grant;
    return grant?.epoch === epoch && this.#clock.now() - grant.askedAt < this.#grantMs;
  }

  /** Returns whether the member has answered nothing that was asked of it within the last `grantMs`. */
  isSilent(key: string): boolean {
    if (this.#asksNobody) return false;
    return this.#isSilent(this.#peers.get(key), this.#clock.now());
  }

  /** Returns the members that may hold copies of what this one owns (rule 10), in the view or not: they are told of a write. */
  invalidationTargets(): ViewMember[] {
    if (this.#asksNobody) return this.#others();
    const since = this.#clock.now() - this.waitMs;
    return [...this.#peers.values()]
      .filter(({ gaveAt, isGone }) => gaveAt > since && !isGone)
      .map(({ member }) => member);
  }

  /** Returns what keeps members from each other at the moment. Whoever tells of it should wait for what lasts. */
  troubles(): Trouble[] {
    if (this.#asksNobody || this.#isGone) return [];
    return this.isInView ? this.#troublesInView() : this.#troublesOutside();
  }

  /**
   * Checks whom a request of a member is meant for (rule 16).
   * @param to the key of the addressee; without an incarnation: whatever process has the id.
   * @throws {CacheError} `unavailable`: another process, or a member of another cluster.
   */
  checkAddressee(cluster: string, to: string): void {
    const isForMe = to === keyOf(this.self) || to === keyOf({ id: this.self.id, incarnation: '' });
    if (isForMe && cluster === this.#options.cluster) return;
    // To strangers it says nothing of this member that they have not said themselves.
    throw new CacheError('unavailable', `this process is not ${to} of cluster ${cluster}`);
  }

  /**
   * Answers another member's exchange.
   * @throws {CacheError} `unavailable`: it was meant for another process, or comes from another cluster (rule 16);
   * `overloaded`: too many members are known.
   */
  answer(request: ExchangeRequest): ExchangeReply {
    this.checkAddressee(request.cluster, request.to);
    const { hashing } = this.#options;
    if (request.hashing !== hashing) {
      throw new CacheError('unavailable', `the ring is hashed by ${hashing} here, and by ${request.hashing} there`);
    }
    const key = this.keyOf(request.from);
    if (this.#peers.size >= MAX_PEERS && !this.#peers.has(key)) {
      throw new CacheError('overloaded', `${MAX_PEERS} members are known already`);
    }
    const now = this.#clock.now();
    const peer = this.#peers.get(key) ?? this.#peerOf(request.from); // one that is known is where the view has it
    this.#note(peer, request);
    if (request.view !== undefined) this.#hearOf(request.view);
    const isSame = this.#view !== undefined && request.viewId === this.#view.id;
    const theirs = isSame ? this.#view : request.view;
    const isKnown = theirs !== undefined || request.viewId === '';
    if (isKnown && !request.isLeaving && !isIn(theirs, key)) this.#noteJoiner(peer, now);
    if (isSame) this.#named(peer, request.isActive, now);
    const isGranted = isSame && this.#mayGrant(peer, now);
    if (isGranted) peer.gaveAt = now;
    return { ...this.#status(request.viewId), from: this.self, isGranted };
  }

  /**
   * Leaves in good order: writes a view without this member, and acts on until it is in force. The last one leaves a view of
   * nobody, so that newcomers need not wait for it.
   * Resolves with false if there was none within `timeoutMs`.
   */
  async leave(timeoutMs: number): Promise<boolean> {
    this.#isLeaving = true;
    if (!this.isInView || this.#asksNobody) return true;
    if (this.#isList && this.#others().length === 0) return true;
    let timer: Timer | undefined;
    const left = new Promise<boolean>((resolve) => {
      this.#leftView = () => resolve(true);
      timer = this.#clock.setTimeout(() => resolve(false), timeoutMs);
    });
    this.#tick();
    try {
      return await left;
    } finally {
      timer?.cancel();
    }
  }

  /** Never acts again, tells those that answer within a second, and ends the registration. */
  async close(): Promise<void> {
    this.#isLeaving = true;
    this.#isGone = true;
    this.#actsUntil = NEVER;
    this.#timer?.cancel();
    const told = Promise.all(this.#contacts().map((member) => this.#exchange(member)));
    const timeUp = new AbortController();
    await Promise.all([
      Promise.race([told, pause(this.#clock, this.#grantMs / 2, timeUp.signal)]).finally(() => timeUp.abort()),
      this.#options.directory?.leave(this.self),
    ]);
  }

  get #isList(): boolean {
    return this.#options.directory === undefined;
  }

  /** Nobody tells of views. */
  get #asksNobody(): boolean {
    return this.#options.exchange === undefined;
  }

  #tick(): void {
    this.#timer?.cancel();
    if (this.#isGone) return;
    this.#timer = this.#clock.setTimeout(() => this.#tick(), this.#grantMs / EXCHANGES_PER_GRANT);
    const now = this.#clock.now();
    this.#noteStandstill(now);
    this.#tickedAt = now;
    void this.isActive;
    this.#forgetStrangers(now);
    for (const member of this.#contacts()) void this.#exchange(member);
    if (this.#mustRenew(now)) void this.#renew();
    this.#noteDirectory(now);
    if (this.#isLeaving && this.#isList && this.#isUnknown(now)) this.#leftView();
  }

  /** Returns whether the list of no member that stays, and answers, has this one any more. */
  #isUnknown(now: number): boolean {
    return this.#others().every((member) => {
      const peer = this.#peers.get(this.keyOf(member));
      return peer === undefined || peer.isLeaving || this.#isSilent(peer, now) || !peer.hasUs;
    });
  }

  #troublesInView(): Trouble[] {
    const troubles: Trouble[] = [];
    const addresses = new Map<string, string>();
    const now = this.#clock.now();
    for (const member of this.#view!.members) {
      const { id, grpc, http } = member;
      for (const address of [grpc, http].filter((each) => each !== '')) {
        const twin = addresses.get(address);
        if (twin !== undefined && twin !== id) {
          troubles.push({
            kind: 'same_address',
            member: id,
            message: `${id} and ${twin} both say they are at ${address}`,
          });
        }
        addresses.set(address, id);
      }
      const peer = this.#peers.get(this.keyOf(member));
      if (this.keyOf(member) === this.#key || peer?.isGone || peer?.isLeaving) continue;
      if (this.#isSilent(peer, now)) troubles.push(troubleOf(member, peer?.refusal));
      else if (!peer!.hears.has(this.#key)) {
        troubles.push({ kind: 'unheard', member: id, message: `${id} does not hear this member, which hears it` });
      } else if (peer!.viewId !== '' && peer!.viewId !== this.#view!.id) {
        troubles.push({ kind: 'differs', member: id, message: `${id} goes by another ring than this member` });
      }
    }
    if (!this.mayAct) troubles.push({ kind: 'in_doubt', member: this.self.id, message: this.#whyInDoubt(now) });
    return troubles;
  }

  #whyInDoubt(now: number): string {
    const missing = this.#others().filter((member) => !this.#hasGranted(this.keyOf(member), now));
    const from = [...missing.map(({ id }) => id), ...(this.#isList ? [] : ['the directory'])];
    return `in doubt of its ring, so that it serves nothing that it holds: no word from ${from.join(', ')}`;
  }

  #troublesOutside(): Trouble[] {
    const now = this.#clock.now();
    const { id, grpc, http } = this.self;
    const others = this.#contacts();
    const heard = others.filter((member) => !this.#isSilent(this.#peers.get(this.keyOf(member)), now));
    if (others.length === 0) return [];
    const unheard = others.map(
      (member) => this.#peers.get(this.keyOf(member))?.refusal ?? `${member.id} does not answer`,
    );
    const message =
      heard.length === 0
        ? `in no ring: ${unheard.join('; ')}`
        : `in no ring: ${heard.map((member) => member.id).join(', ')} answer, and may not reach this member at ${grpc || http}`;
    return [{ kind: 'unreachable', member: id, message }];
  }

  #noteDirectory(now: number): void {
    const isAway = this.#failsSince !== undefined && now - this.#failsSince >= AWAY_MS;
    if (isAway === this.#isDirectoryAway) return;
    this.#isDirectoryAway = isAway;
    this.#options.hooks.onDirectory(isAway);
  }

  /** Until when this member may act, as far as is known now. */
  #reckonUntil(now: number): number {
    if (this.#isGone || !this.isInView) return NEVER;
    if (this.#asksNobody) return Number.POSITIVE_INFINITY;
    if (this.#isList) return this.#isKnownToAll(now) ? Number.POSITIVE_INFINITY : NEVER;
    this.#noteStandstill(now);
    const confirmedUntil = this.#confirmedAt + this.#grantMs;
    if (this.#stoodStill) return confirmedUntil;
    let grantedUntil = Number.POSITIVE_INFINITY;
    for (const member of this.#others()) {
      const peer = this.#peers.get(keyOf(member));
      if (!peer?.isGone) grantedUntil = Math.min(grantedUntil, (peer?.grant?.askedAt ?? NEVER) + this.#grantMs);
    }
    return Math.max(confirmedUntil, grantedUntil);
  }

  /**
   * Returns whether no member serves a copy of what an earlier process of this id owned: each has answered this process, or
   * could not count on a grant of the earlier one any more.
   */
  #isKnownToAll(now: number): boolean {
    if (now - this.#bornAt >= this.waitMs) return true;
    return this.#others().every((member) => (this.#peers.get(this.keyOf(member))?.heardAt ?? NEVER) >= this.#bornAt);
  }

  /** A process that stood still was granted nothing meanwhile, and others may have stopped to count on it. */
  #noteStandstill(now: number): void {
    if (now - this.#tickedAt > this.waitMs) this.#stoodStill = true;
  }

  #others(): ViewMember[] {
    return this.#view?.members.filter((member) => this.keyOf(member) !== this.#key) ?? [];
  }

  /**
   * Returns the members to exchange with: those of the view, those of the view before it until the present one is active,
   * those that want to be in it, and all that are registered, as long as this member is in no view.
   */
  #contacts(): ViewMember[] {
    if (this.#asksNobody) return [];
    const contacts = new Map(this.#others().map((member) => [this.keyOf(member), member]));
    const before = this.isActive ? [] : (this.#view?.before ?? []);
    for (const member of [...before, ...(this.isInView ? this.#joiners() : this.#registered)]) {
      const key = this.keyOf(member);
      if (key !== this.#key && !contacts.has(key)) contacts.set(key, member); // where the view has it, not where it was
    }
    return [...contacts.values()];
  }

  /** Returns the members that asked of late without being in the view. */
  #joiners(): ViewMember[] {
    const since = this.#clock.now() - this.#grantMs;
    return [...this.#peers.values()].filter(({ joinsAt }) => joinsAt > since).map(({ member }) => member);
  }

  #peerOf(member: ViewMember): Peer {
    const key = this.keyOf(member);
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      const times = {
        refusal: undefined,
        heardAt: NEVER,
        gaveAt: NEVER,
        joinsAt: NEVER,
        silentSince: undefined,
        namedViewAt: undefined,
      };
      const status = {
        viewId: '',
        hears: new Set<string>(),
        hasUs: false,
        isSettled: true,
        isLeaving: false,
        isGone: false,
      };
      peer = { member, incarnation: member.incarnation, grant: undefined, ...times, ...status };
      this.#peers.set(key, peer);
    }
    peer.member = this.#isList ? { ...member, incarnation: '' } : member; // by one name: its client is kept by it
    return peer;
  }

  /** Forgets members on which nothing here depends any more. */
  #forgetStrangers(now: number): void {
    const known = new Set([...this.#contacts(), ...(this.#view?.before ?? [])].map((member) => this.keyOf(member)));
    const isOld = ({ gaveAt, joinsAt }: Peer) => now - gaveAt >= this.waitMs && now - joinsAt >= this.#grantMs;
    for (const [key, peer] of this.#peers) if (!known.has(key) && isOld(peer)) this.#peers.delete(key);
  }

  #isSilent(peer: Peer | undefined, now: number): boolean {
    return now - (peer?.heardAt ?? NEVER) >= this.#grantMs;
  }

  #hasGranted(key: string, now: number): boolean {
    const peer = this.#peers.get(key);
    if (peer === undefined) return false;
    return peer.isGone || (peer.grant !== undefined && now - peer.grant.askedAt < this.#grantMs);
  }

  #mayGrant(peer: Peer, now: number): boolean {
    const { hooks } = this.#options;
    const key = this.keyOf(peer.member);
    if (this.#isGone || !this.isInView || !isIn(this.#view, key)) return false;
    this.#noteStandstill(now);
    if (this.#stoodStill || this.#isSilent(peer, now)) return false; // a member that does not answer could not be told of writes
    if (!hooks.owes(key)) return true;
    hooks.resend(key);
    return false;
  }

  #status(theirViewId: string) {
    const view = this.#view;
    const now = this.#clock.now();
    const isTheirs = view === undefined || view.id === theirViewId;
    return {
      viewId: view?.id ?? '',
      ...(!isTheirs && { view }),
      isActive: this.isActive,
      hears: this.#others()
        .map((member) => keyOf(member))
        .filter((key) => !this.#isSilent(this.#peers.get(key), now)),
      isSettled: !this.isInView || this.#options.hooks.isSettled(),
      isLeaving: this.#isLeaving,
      isGone: this.#isGone,
    };
  }

  async #exchange(to: ViewMember): Promise<void> {
    const askedAt = this.#clock.now();
    const view = this.#view;
    const peer = this.#peerOf(to);
    const request: ExchangeRequest = {
      ...this.#status(peer.viewId),
      cluster: this.#options.cluster,
      hashing: this.#options.hashing,
      from: this.self,
      to: this.keyOf(to),
    };
    let reply: ExchangeReply;
    try {
      reply = await this.#options.exchange!(to, request, this.#grantMs / 2);
    } catch (error) {
      if (!(error instanceof CacheError)) this.#options.onError(CacheError.from(error));
      peer.refusal = CacheError.from(error).message;
      return; // silence is judged by the time of what was heard
    }
    const now = this.#clock.now();
    if (reply.from.incarnation !== peer.incarnation) {
      peer.incarnation = reply.from.incarnation;
      this.#gap(peer);
    }
    peer.heardAt = Math.max(peer.heardAt, askedAt);
    peer.refusal = undefined;
    this.#note(peer, reply);
    if (reply.view !== undefined) this.#hearOf(reply.view);
    if (view === undefined || reply.viewId !== view.id || this.#view?.id !== view.id) return;
    this.#named(peer, reply.isActive, now);
    if (reply.isGranted) this.#granted(peer, askedAt, now);
  }

  #note(peer: Peer, { viewId, view, hears, isSettled, isLeaving, isGone }: ExchangeRequest | ExchangeReply): void {
    peer.viewId = viewId;
    const theirs = viewId === this.#view?.id ? this.#view : view;
    if (theirs !== undefined) peer.hasUs = isIn(theirs, this.#key);
    peer.hears = new Set(hears);
    peer.isSettled = isSettled;
    peer.isLeaving ||= isLeaving;
    peer.isGone ||= isGone;
  }

  #named(peer: Peer, isActiveThere: boolean, now: number): void {
    peer.namedViewAt ??= now;
    if (isActiveThere) this.#isActive = true;
  }

  #granted(peer: Peer, askedAt: number, now: number): void {
    this.#noteStandstill(now);
    if (now - askedAt < this.#grantMs) this.#stoodStill = false; // it did not stand still, or would not have granted
    const { grant } = peer;
    if (grant === undefined || now - grant.askedAt >= this.#grantMs) this.#gap(peer);
    const epoch = peer.grant?.epoch ?? ++this.#epochs;
    peer.grant = { epoch, askedAt: Math.max(askedAt, grant?.askedAt ?? NEVER) };
    this.#granting.set(epoch, peer);
  }

  #gap(peer: Peer): void {
    if (peer.grant !== undefined) this.#granting.delete(peer.grant.epoch);
    peer.grant = undefined;
    this.#actsUntil = NEVER;
    this.#options.hooks.onGap(this.keyOf(peer.member));
  }

  /** Another member goes by this view. */
  #hearOf(view: View): void {
    if (this.#isList) return;
    const isNewer = this.#view === undefined || follows(view, this.#view);
    if (isNewer || (view.lineage !== this.#view?.lineage && !this.isInView)) this.#accept(view);
  }

  #accept(view: View): void {
    const previous = this.#view;
    const now = this.#clock.now();
    const wasIn = this.isInView;
    const isNext =
      previous !== undefined && wasIn && view.lineage === previous.lineage && view.number === previous.number + 1;
    const isInIt = isIn(view, this.#key);
    this.#view = view;
    this.#acceptedAt = now;
    this.#isActive = false;
    this.#confirmedAt = NEVER;
    this.#actsUntil = NEVER;
    this.#granting.clear();
    for (const peer of this.#peers.values()) {
      peer.namedViewAt = undefined;
      if (!isIn(previous, this.keyOf(peer.member))) peer.silentSince = undefined; // it was silent as one that was away
      // A grant counts on until it lapses, as nobody forgets sooner that it gave it. But not for the copies got under it: their
      // keys may be another member's now.
      peer.grant = isNext && peer.grant ? { ...peer.grant, epoch: ++this.#epochs } : undefined;
      if (peer.grant !== undefined) this.#granting.set(peer.grant.epoch, peer);
    }
    const kind = !isNext ? (wasIn ? 'isolated' : 'first') : isInIt ? 'next' : 'left';
    this.#options.hooks.onView({ view, previous, kind });
    if (!isInIt && this.#isLeaving) this.#leftView();
    // At once, so that the others know soon; not from within what may be an exchange's own answer.
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(() => this.#tick(), 0);
  }

  #mustRenew(now: number): boolean {
    if (this.#isList || this.#isRenewing) return false;
    const isCalm =
      this.isInView &&
      this.isActive &&
      !this.#isLeaving &&
      this.#others().every((member) => !this.#isLate(member, now)) &&
      this.#joiners().length === 0;
    return !isCalm || now - this.#renewedAt >= this.#ttlMs / RENEWALS_PER_TTL;
  }

  /** Two exchanges in a row have not been answered: it may be silent. */
  #isLate(member: ViewMember, now: number): boolean {
    const peer = this.#peers.get(keyOf(member));
    if (peer === undefined || peer.isLeaving || peer.isGone) return true;
    return now - peer.heardAt > (this.#grantMs / EXCHANGES_PER_GRANT) * 2.4;
  }

  async #renew(): Promise<void> {
    const askedAt = this.#clock.now();
    this.#isRenewing = true;
    try {
      const state = await this.#options.directory!.renew(this.self);
      this.#renewedAt = askedAt;
      this.#failsSince = undefined;
      if (this.#isGone) return;
      this.#registered = state.registered;
      if (this.#clock.now() - askedAt < 2 * this.#grantMs) await this.#follow(state, askedAt);
    } catch (error) {
      this.#failsSince ??= askedAt;
      if (!nobodyAnswered(error)) this.#options.onError(CacheError.from(error));
    } finally {
      this.#isRenewing = false;
    }
  }

  async #follow(state: DirectoryState, askedAt: number): Promise<void> {
    const { record } = state;
    if (record !== undefined) this.#hearOf(record);
    const view = this.#view;
    if (view !== undefined && record !== undefined && record.lineage !== view.lineage && this.isInView) {
      await this.#settleLineages(view, record, state.revision);
      return;
    }
    if (record?.armed) this.#unarmedSince = undefined;
    if (view !== undefined && record?.id === view.id) {
      const isRegistered = state.registered.some((member) => keyOf(member) === this.#key);
      if (record.armed && isRegistered) this.#confirmed(askedAt);
      else if (!record.armed) await this.#arm(record, state.revision);
    }
    if (view !== undefined && (record === undefined || follows(view, record))) {
      await this.#replace(state.revision, { ...view, armed: false }, { accept: false }); // it had forgotten (rule 13)
      return;
    }
    await this.#propose(state);
  }

  #confirmed(askedAt: number): void {
    const now = this.#clock.now();
    this.#noteStandstill(now);
    this.#confirmedAt = Math.max(this.#confirmedAt, askedAt);
    if (now - askedAt < this.#grantMs) this.#stoodStill = false;
  }

  /** The directory holds a view of another lineage: it had forgotten, and somebody began anew (rule 13). */
  async #settleLineages(view: View, record: View, revision: string): Promise<void> {
    const now = this.#clock.now();
    const others = this.#others();
    const isWhole = others.length > 0 && others.every((member) => this.#hasGranted(keyOf(member), now));
    const sizes = view.members.length - record.members.length;
    const isBetter = isWhole && (sizes > 0 || (sizes === 0 && view.lineage < record.lineage));
    if (isBetter) await this.#replace(revision, { ...view, armed: false }, { accept: false });
    else if (record.armed) this.#accept(record);
  }

  /** The directory had lost the view: it counts again once all its members have granted it since (rule 13). */
  async #arm(record: View, revision: string): Promise<void> {
    const now = this.#clock.now();
    this.#unarmedSince ??= now;
    const since = this.#unarmedSince;
    const grantedSince = (member: ViewMember) => {
      const peer = this.#peers.get(keyOf(member));
      return peer !== undefined && (peer.isGone || (peer.grant?.askedAt ?? NEVER) > since);
    };
    if (this.#others().every(grantedSince)) {
      await this.#replace(revision, { ...record, armed: true }, { accept: false });
    } else if (now - since > this.#graceMs) {
      // Those that are missing may have known a later view, and answered writes in it: a number is skipped, so all drop.
      const members = [this.self, ...this.#others().filter((member) => !this.isSilent(keyOf(member)))];
      await this.#replace(revision, this.#viewAfter(record, 2, members, { before: [] }));
    }
  }

  async #propose(state: DirectoryState): Promise<void> {
    const { record } = state;
    if (this.#isLeaving && !this.isInView) return;
    if (!this.isInView) return this.#begin(state);
    if (record === undefined || record.id !== this.#view!.id || !record.armed) return;
    const shareToTry = this.#isLeaving ? 1 : Math.max(TRY_TO_REPLACE, 1 / record.members.length);
    if (this.#options.random() >= shareToTry) return;
    if (!this.isActive) {
      await this.#beginAnew(
        state,
        record.before.filter((member) => keyOf(member) !== this.#key),
      );
      return;
    }
    if (!this.mayAct) return;
    const removed = [...this.#toRemove(state.registered), ...(this.#isLeaving ? [this.self] : [])];
    const added = this.#isLeaving ? [] : this.#toAdd(state.registered);
    if (removed.length === 0 && added.length === 0) return;
    const out = new Set(removed.map(keyOf));
    const ids = new Set(added.map(({ id }) => id)); // one that is back under an id takes the place of the one before
    const stay = record.members.filter((member) => !out.has(keyOf(member)) && !ids.has(member.id));
    await this.#replace(state.revision, this.#viewAfter(record, 1, [...stay, ...added], { before: record.members }));
  }

  /** A member that nobody could reach is not taken in: so it is asked at once, in its turn. */
  #noteJoiner(peer: Peer, now: number): void {
    const isNew = now - peer.joinsAt >= this.#grantMs;
    peer.joinsAt = now;
    if (isNew && this.isInView && !this.#asksNobody) void this.#exchange(peer.member);
  }

  /** Those that leave, and those that nobody hears and that are not registered, or have been silent for long (rule 11). */
  #toRemove(registered: readonly ViewMember[]): ViewMember[] {
    const now = this.#clock.now();
    const listed = new Set(registered.map(keyOf));
    const heard = this.#others().filter((member) => !this.isSilent(keyOf(member)));
    const all = this.#view!.members.length;
    return this.#others().filter((member) => {
      const key = keyOf(member);
      const peer = this.#peerOf(member);
      if (peer.isGone) return true;
      if (!this.#isSilent(peer, now)) {
        peer.silentSince = undefined;
        return peer.isLeaving;
      }
      peer.silentSince ??= now;
      if (heard.some((other) => this.#peers.get(keyOf(other))?.hears.has(key))) return false;
      if (!listed.has(key)) return true;
      return now - peer.silentSince > this.#graceMs && (heard.length + 1) * 2 > all;
    });
  }

  /** Those that are registered and heard, once what the present view moves has been taken over (rule 11). */
  #toAdd(registered: readonly ViewMember[]): ViewMember[] {
    const now = this.#clock.now();
    const heard = this.#others().filter((member) => !this.isSilent(keyOf(member)));
    const isSettled = this.#options.hooks.isSettled() && heard.every((member) => this.#peerOf(member).isSettled);
    if (!isSettled) return [];
    return registered.filter((member) => {
      const peer = this.#peers.get(keyOf(member));
      const wantsIn = peer !== undefined && now - peer.joinsAt < this.#grantMs && !isIn(this.#view, keyOf(member));
      return wantsIn && !this.#isSilent(peer, now);
    });
  }

  /** This member is in no view. Those in it take it in, if one of them is heard; else it begins by itself, in time. */
  async #begin(state: DirectoryState): Promise<void> {
    const now = this.#clock.now();
    if (state.record !== undefined) {
      this.#noRecordSince = undefined;
      await this.#beginAnew(state, state.record.members);
      return;
    }
    this.#noRecordSince ??= now; // a view that others know will be written again
    if (now - this.#noRecordSince > this.#anewMs) await this.#replaceAll(state);
  }

  /** Begins anew once all who could tell are gone: silent, and not registered (rule 14). */
  async #beginAnew(state: DirectoryState, gone: readonly ViewMember[]): Promise<void> {
    const now = this.#clock.now();
    const listed = new Set(state.registered.map(keyOf));
    if (state.record?.members.length === 0) return this.#replaceAll(state); // in good order: the last one has left
    const isAlone =
      gone.length > 0 && gone.every((member) => this.isSilent(keyOf(member)) && !listed.has(keyOf(member)));
    if (!isAlone) {
      this.#allGoneSince = undefined;
      return;
    }
    this.#allGoneSince ??= now;
    const areBack = gone.every((member) => state.registered.some(({ id }) => id === member.id));
    if (now - this.#allGoneSince > (areBack ? this.waitMs : this.#anewMs)) await this.#replaceAll(state);
  }

  async #replaceAll({ record, registered, revision }: DirectoryState): Promise<void> {
    const heard = registered.filter((member) => keyOf(member) !== this.#key && !this.isSilent(keyOf(member)));
    const members = [this.self, ...heard];
    const view = record === undefined ? this.#firstView(members) : this.#viewAfter(record, 1, members, { before: [] });
    await this.#replace(revision, view);
  }

  #firstView(members: readonly ViewMember[]): View {
    const lineage = `${this.#key}/${Math.floor(this.#options.random() * 2 ** 48).toString(36)}`;
    return { id: this.#viewId(1), lineage, number: 1, members, before: [], armed: true };
  }

  #viewAfter(
    record: View,
    steps: number,
    members: readonly ViewMember[],
    { before }: { before: readonly ViewMember[] },
  ): View {
    const number = record.number + steps;
    return { id: this.#viewId(number), lineage: record.lineage, number, members, before, armed: true };
  }

  #viewId(number: number): string {
    return `${number}/${this.#key}/${Math.floor(this.#options.random() * 2 ** 48).toString(36)}`;
  }

  async #replace(revision: string, view: View, { accept = true } = {}): Promise<void> {
    const isDone = await this.#options.directory!.replace(revision, view);
    const isNewer = this.#view === undefined || follows(view, this.#view) || !this.isInView;
    if (isDone && accept && isNewer) this.#accept(view);
  }
}

/** Whoever answers with a refusal is another process than the one that is asked, or has another ring. */
function troubleOf({ id, grpc, http }: ViewMember, refusal: string | undefined): Trouble {
  const at = `${id} at ${grpc || http}`;
  if (refusal !== undefined && /this process is not|the ring is hashed/.test(refusal)) {
    return { kind: 'refused', member: id, message: `${at} is refused: ${refusal}` };
  }
  return { kind: 'silent', member: id, message: `${at} does not answer${refusal === undefined ? '' : `: ${refusal}`}` };
}

/**
 * Returns the view that a list stands for: the same id for the same members at the same addresses, in whatever order. Before
 * the first list with this member, the others made the ring.
 */
function listView(members: readonly Member[], previous: View | undefined, self: string): View {
  const all = members.map(({ id, grpc, http, weight }) => ({ id, grpc, http, weight, incarnation: '' }));
  const texts = all.map(({ id, grpc, http, weight }) => JSON.stringify([id, grpc, http, weight])).sort();
  const digest = createHash('sha256').update(texts.join('\n')).digest('base64url');
  const number = (previous?.number ?? 0) + 1;
  const isFirst = previous === undefined || previous.members.length === 0;
  const before = isFirst ? all.filter(({ id }) => id !== self) : previous.members;
  return { id: `list/${digest}`, lineage: 'list', number, members: all, before, armed: true };
}
