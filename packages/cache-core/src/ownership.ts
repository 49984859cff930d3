// Which keys this member owns, and since when. A member serves from main only what it has owned in every view since it stored
// it: while another member owned the key it may have been written there. For some time after a change of the ring, the owner
// before still holds what the new owner does not: it is asked ahead of the origin, so that a ring that grows or shrinks does
// not send a stampede there.

import type { Ring } from '@ringcache/hashring';

import type { LimitReport } from './limit-report.js';
import type { Member } from './member.js';

/** A ring that was in force, and the ring of the view before it, if there was one. */
interface RingSpan {
  readonly epoch: number;
  /** undefined: there were no members, so that nobody owned anything. */
  readonly ring: Ring<Member> | undefined;
  readonly before: Ring<Member> | undefined;
  /** When it came into force, in the clock's ms. */
  readonly since: number;
}

const MAX_SPANS = 16; // what was stored before the oldest of them counts as owned by another member in between
const MAX_UNSETTLED = 4; // rings that keys may still have to be fetched through, one member asking the next

export class OwnershipHistory {
  readonly #self: string;
  readonly #handoffMs: number;
  #spans: RingSpan[] = [];
  #epoch = 0;
  #isolations = 0;

  /** @param options.handoffMs for how long a new owner asks the owner before it. */
  constructor(options: { self: string; handoffMs: number }) {
    this.#self = options.self;
    this.#handoffMs = options.handoffMs;
  }

  limits(): LimitReport[] {
    return [{ name: 'rings', size: this.#spans.length, limit: MAX_SPANS }];
  }

  /** Rises with every ring. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Rises when what is held may have missed writes: it is to be dropped. */
  get isolations(): number {
    return this.#isolations;
  }

  /** Notes a ring that follows the one before without a gap. @param before the ring of the view before. */
  follow(ring: Ring<Member> | undefined, before: Ring<Member> | undefined, now: number): void {
    this.#epoch++;
    this.#spans.push({ epoch: this.#epoch, ring, before, since: now });
    if (this.#spans.length > MAX_SPANS) this.#spans.shift();
  }

  /** Forgets what was owned: writes may have been missed. */
  isolate(): void {
    this.#isolations++;
    this.#spans = [];
  }

  /** Returns whether this member has owned the key in every ring since the epoch. */
  ownedSince(key: string, epoch: number): boolean {
    return this.#ownedFromTo(key, epoch, this.#spans.length - 1);
  }

  /** {@link ownedSince}, but without the rings since this member lost the key, if it has. */
  ownedUntilLost(key: string, epoch: number): boolean {
    return this.#ownedFromTo(key, epoch, this.#lastOwned(key));
  }

  /** Returns whether this member owned the key in the ring before the present one too. */
  ownedBefore(key: string): boolean {
    const previous = this.#spans.at(-2);
    return previous !== undefined && previous.ring?.owner(key).id === this.#self;
  }

  /** Whether the ring changed so recently that owners before are still asked. */
  isHandingOff(now: number): boolean {
    return this.#spans.some(({ before, since }) => before !== undefined && now - since < this.#handoffMs);
  }

  /** Whether owners before are asked through fewer than {@link MAX_UNSETTLED} rings. */
  isSettled(now: number): boolean {
    return this.#spans.filter(({ before, since }) => before && now - since < this.#handoffMs).length < MAX_UNSETTLED;
  }

  /**
   * Returns the member that owned the key when this member came to own it, the last time that it did, while that is to be
   * asked.
   */
  ownerBefore(key: string, now: number): Member | undefined {
    let first = this.#lastOwned(key);
    if (first < 0) return undefined;
    while (first > 0 && this.#spans[first - 1]!.ring?.owner(key).id === this.#self) first--;
    const { before, since } = this.#spans[first]!;
    if (before === undefined || now - since >= this.#handoffMs) return undefined;
    const owner = before.owner(key);
    return owner.id === this.#self ? undefined : owner;
  }

  #lastOwned(key: string): number {
    return this.#spans.findLastIndex(({ ring }) => ring?.owner(key).id === this.#self);
  }

  #ownedFromTo(key: string, epoch: number, last: number): boolean {
    const oldest = this.#spans[0];
    if (last < 0 || oldest === undefined || epoch < oldest.epoch) return false;
    for (let i = last; i >= 0; i--) {
      const span = this.#spans[i]!;
      if (span.ring?.owner(key).id !== this.#self) return false;
      if (span.epoch <= epoch) break;
    }
    return true;
  }
}
