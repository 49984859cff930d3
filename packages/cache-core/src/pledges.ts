// May this member keep values? Whoever writes a key tells the members it knows of to drop their copies. So a member may hold
// a value only for as long as every other member is sure to know of it. Being in the list is not enough: a list is read, and
// may be old; a member can be out of it and not know, or be away from the directory together with all others.
//
// So each member asks every other one, over and over, for its word to tell it of writes: a lease between members (Gray &
// Cheriton, 1989, call it that), which lapses `pledgeMs` after it was asked for, on the clock of the one that asked. Members
// introduce each other: with its word each tells whom else it tells. Two that do not know each other have a third in common.
//
// - All others have given their word of late: this member keeps what it loads, in the list or not. So the loss of the
//   directory alone empties no cache.
// - Somebody is silent, and this member is sure to be in the list: then whoever writes sees it there, and answers that it was
//   not told. It goes on with what it has, and drops that after `cutOffMs`.
// - Somebody is silent, and this member may be out of the list: it was cut off. It drops everything, at once, and keeps
//   nothing until all others have given their word anew.

import type { Clock, Pledge, Timer } from './contracts.js';
import { CacheError, nobodyAnswered } from './errors.js';
import type { Member } from './member.js';
import type { Telling } from './telling.js';

const RENEWALS = 4; // while a pledge lasts: three may fail
const LENIENT_MS = 10; // for so long it is taken as known who is silent, and not looked up for every get
const NEVER = Number.NEGATIVE_INFINITY;

export interface PledgesOptions {
  self: Member;
  clock: Clock;
  telling: Telling;
  /** Asks a member for its pledge. */
  ask: (member: Member, self: Member, timeoutMs: number) => Promise<Pledge>;
  /** A member that was asked has answered: with its word, or with why it does not give it. */
  onAnswer: (id: string, askedAt: number) => void;
  /** A member that was asked does not say a word. */
  onSilence: (id: string) => void;
  /** The ring as it is now. */
  ring: () => { has(id: string): boolean; readonly members: readonly Member[]; readonly fingerprint: string };
  /** Whether this member is sure to be in the list; left out: always, as everybody has the same fixed list: no pledges. */
  listed: (() => boolean) | undefined;
  /**
   * Whether the list in force was read after this member's present place in it was taken: then everybody who came before is
   * in it. Left out: if this member is in it.
   */
  shown?: (() => boolean) | undefined;
  pledgeMs: number;
  cutOffMs: number;
}

interface Other {
  member: Member;
  /** When the pledge that it gave last was asked for. */
  heardAt: number;
  /** When what is held goes, if it stays silent. */
  dropAt: number;
  /** Its word is needed for so long though it is not in the ring. */
  knownUntil: number;
  asking: boolean;
}

export class Pledges {
  readonly #options: PledgesOptions;
  readonly #others = new Map<string, Other>();
  #term = 1;
  #entered: boolean;
  #mustBeListed = true;
  #isInList = false;
  #coveredUntil = NEVER;
  #listedPeerAt = NEVER;
  #leaving = false;
  #timer: Timer | undefined;

  constructor(options: PledgesOptions) {
    this.#options = options;
    this.#entered = options.listed === undefined;
    if (options.listed === undefined) this.#coveredUntil = Number.POSITIVE_INFINITY;
    else this.#renew();
  }

  /**
   * The span of time, by number, in which everything that is held was told of writes; it ends when this member was cut off.
   * 0: nothing may be kept. What was held or begun in another term is not to be kept. Cost: a comparison.
   */
  get term(): number {
    const now = this.#options.clock.now();
    if (now < this.#coveredUntil || this.#isCovered(now)) return this.#term;
    return 0;
  }

  /** Whether this member may write as an owner: everybody who keeps values is known to it. */
  get mayWrite(): boolean {
    return !this.#isRetired && this.term !== 0;
  }

  /** This member is sure to be in the list that all others read. */
  get listed(): boolean {
    return this.#options.listed?.() ?? true;
  }

  /** The list is fixed: nobody asks for pledges. */
  get isFixed(): boolean {
    return this.#options.listed === undefined;
  }

  /** Members that take part, as far as is known, in the ring or out of it. */
  others(): Member[] {
    return [...this.#others.values()].map(({ member }) => member);
  }

  /** Whether the member takes part, in the ring or out of it. */
  knows(id: string): boolean {
    return this.#others.has(id);
  }

  /** Gives this member's word to tell another of its writes. @throws {CacheError} `unavailable`: that has missed some. */
  give(member: Member, ring: string): Pledge {
    const { telling, self } = this.#options;
    const mine = this.#options.ring();
    telling.asked(member);
    if (!this.isFixed && member.id !== self.id) this.#meet(member);
    if (telling.owes(member.id)) {
      telling.repay(member);
      throw new CacheError('unavailable', `${member.id} has missed writes: they are told again first`);
    }
    const known = ring === mine.fingerprint ? [] : mine.members;
    const told = [...telling.askers(mine), ...known].filter(({ id }) => id !== self.id && id !== member.id);
    return { told, listed: this.listed };
  }

  /** Takes note of a list that was read. @param isInList whether this member is in it. */
  update(isInList: boolean): void {
    if (this.isFixed) return;
    this.#isInList = isInList;
    const ring = this.#options.ring();
    const now = this.#options.clock.now();
    const known = new Set(this.#others.keys());
    for (const member of ring.members) if (member.id !== this.#options.self.id) this.#add(member, now);
    this.#forgetGone(now);
    this.#askAll(({ member }) => !known.has(member.id));
    this.enter();
  }

  /**
   * Begins to keep what is loaded, once everybody has given its word: everybody in a list that has this member's own place
   * in it, or, if what was lost is only their word, everybody who was known before.
   */
  enter(): void {
    if (this.#entered || (this.#mustBeListed && !this.#knowsList)) return;
    const now = this.#options.clock.now();
    this.#forgetGone(now);
    for (const { heardAt } of this.#others.values()) if (now >= heardAt + this.#options.pledgeMs) return;
    this.#entered = true;
    this.#mustBeListed = false;
    this.#coveredUntil = NEVER;
  }

  /** What is held was not told of writes, or may not have been: everybody's word is needed anew, and a place in the list. */
  reset(): void {
    if (this.isFixed) return;
    this.#mustBeListed = true;
    this.#cutOff();
  }

  /** From now on this member writes nothing, and says so to the others, who then do without its word. */
  retire(): void {
    this.#leaving = true;
    if (!this.isFixed) this.#askAll(() => true);
  }

  close(): void {
    this.#timer?.cancel();
  }

  get #knowsList(): boolean {
    return this.#isInList && this.listed && (this.#options.shown?.() ?? true);
  }

  get #isRetired(): boolean {
    if (this.#leaving) return true;
    // The others are in the list and this member is not: it alone was lost, and its ring is old.
    const { clock, pledgeMs } = this.#options;
    return !this.listed && clock.now() - this.#listedPeerAt < pledgeMs;
  }

  #isCovered(now: number): boolean {
    if (!this.#entered) return false;
    const { pledgeMs, cutOffMs } = this.#options;
    let until = Number.POSITIVE_INFINITY;
    for (const other of this.#others.values()) {
      const lapsesAt = other.heardAt + pledgeMs;
      if (now < lapsesAt) {
        until = Math.min(until, lapsesAt);
        continue;
      }
      if (!this.listed) {
        this.#cutOff();
        return false;
      }
      if (now >= other.dropAt) {
        this.#term++;
        other.dropAt = now + cutOffMs;
      }
      until = Math.min(until, now + LENIENT_MS, other.dropAt);
    }
    this.#coveredUntil = until;
    return true;
  }

  #cutOff(): void {
    this.#term++;
    this.#entered = false;
    this.#coveredUntil = NEVER;
    for (const other of this.#others.values()) other.heardAt = NEVER;
  }

  /** Another takes part: it asked, or was introduced. One that leaves writes no more, so nothing is needed of it. */
  #meet(member: Member): void {
    const now = this.#options.clock.now();
    if (member.weight === 0) {
      this.#others.delete(member.id);
      return;
    }
    const isNew = !this.#others.has(member.id);
    const other = this.#add(member, now);
    other.knownUntil = now + this.#options.pledgeMs * 2;
    if (isNew) this.#ask(other);
  }

  #add(member: Member, now: number): Other {
    let other = this.#others.get(member.id);
    if (other === undefined) {
      // Whoever comes finds this member in the list, or is told of it by the others that this member hears from.
      const isKnownThere = this.#entered && (this.listed || this.#others.size > 0);
      const heardAt = isKnownThere ? now : NEVER;
      other = { member, heardAt, dropAt: now + this.#options.cutOffMs, knownUntil: NEVER, asking: false };
      this.#others.set(member.id, other);
      this.#coveredUntil = NEVER;
    }
    other.member = member;
    return other;
  }

  #renew(): void {
    const { clock, pledgeMs, telling } = this.#options;
    this.#timer = clock.setTimeout(() => this.#renew(), pledgeMs / RENEWALS);
    const now = clock.now();
    void this.term; // before anything is heard: a silence that was too long must not pass unnoticed
    this.#forgetGone(now);
    const ring = this.#options.ring();
    const outside = new Set(telling.outside(ring).map(({ id }) => id));
    telling.keep((id) => ring.has(id) || outside.has(id));
    this.#askAll(() => true);
    this.enter();
  }

  /**
   * Members that left, and have not shown themselves since. Not while this member is cut off: then those that do not show
   * themselves are the ones that matter.
   */
  #forgetGone(now: number): void {
    if (!this.#entered && !this.#knowsList) return;
    const ring = this.#options.ring();
    for (const [id, other] of this.#others) if (!ring.has(id) && other.knownUntil <= now) this.#others.delete(id);
  }

  #askAll(which: (other: Other) => boolean): void {
    for (const other of this.#others.values()) if (which(other)) this.#ask(other);
  }

  #ask(other: Other): void {
    if (other.asking) return;
    other.asking = true;
    const { clock, self, pledgeMs } = this.#options;
    const askedAt = clock.now();
    const asker = this.#isRetired ? { ...self, weight: 0 } : self;
    this.#options
      .ask(other.member, asker, pledgeMs / 2)
      .then(
        (pledge) => {
          this.#options.onAnswer(other.member.id, askedAt);
          this.#heard(other, pledge, askedAt);
        },
        (error: unknown) => {
          if (nobodyAnswered(error)) this.#options.onSilence(other.member.id);
          else this.#options.onAnswer(other.member.id, askedAt);
        },
      )
      .finally(() => {
        other.asking = false;
      });
  }

  #heard(other: Other, pledge: Pledge, askedAt: number): void {
    const { cutOffMs, telling, self } = this.#options;
    void this.term;
    const ring = this.#options.ring();
    for (const member of pledge.told) {
      if (member.id === self.id) continue;
      if (!ring.has(member.id)) telling.named(member);
      this.#meet(member);
    }
    if (pledge.listed) this.#listedPeerAt = askedAt;
    other.heardAt = Math.max(other.heardAt, askedAt);
    other.dropAt = other.heardAt + this.#options.pledgeMs + cutOffMs;
    this.#coveredUntil = NEVER; // to be reckoned anew
    this.enter();
  }
}
