// Who owned a key, and since when. A member serves from main only what it has owned under every ring since it stored it:
// while another owned the key it may have been written there, and nobody promised to tell the old owner for ever. For some
// time after a change of the ring, the owners before it still know what the new owner does not: it asks them before it asks
// the origin, so that a ring that grows or shrinks does not send a stampede there.

import { Ring } from '@ringcache/hashring';

import type { Member } from './member.js';

interface Reign {
  readonly epoch: number;
  readonly ring: Ring<Member>;
  /** When it began, in the clock's ms. */
  readonly since: number;
}

const MAX_REIGNS = 16; // what was stored before the oldest of them counts as owned by somebody else in between
const MAX_PREVIOUS_OWNERS = 2; // to be asked for one key: each costs a round trip before the load

export class Tenure {
  readonly #self: string;
  readonly #handoffMs: number;
  #reigns: Reign[] = [];
  #found: Ring<Member> | undefined; // the members that this one joined when it was alone, or had been

  constructor(options: { self: string; handoffMs: number; ring: Ring<Member>; now: number }) {
    this.#self = options.self;
    this.#handoffMs = options.handoffMs;
    this.#reigns.push({ epoch: 0, ring: options.ring, since: options.now });
  }

  /** Rises with every change of who owns what. */
  get epoch(): number {
    return this.#reigns.at(-1)!.epoch;
  }

  /** Takes note of a ring; one with the same members and weights as the last changes nothing. */
  update(ring: Ring<Member>, now: number): void {
    const last = this.#reigns.at(-1)!;
    if (ring.fingerprint === last.ring.fingerprint) return;
    // Whoever was alone knows nothing of the ring before it came: that was the ring without it.
    this.#found = isAlone(this.#self, last.ring) ? without(this.#self, ring) : undefined;
    this.#reigns.push({ epoch: last.epoch + 1, ring, since: now });
    if (this.#reigns.length > MAX_REIGNS) this.#reigns.shift();
  }

  /** Whether this member is the key's owner, and has been under every ring since the epoch. */
  ownedSince(key: string, epoch: number): boolean {
    return this.#ownedFromTo(key, epoch, this.#reigns.length - 1);
  }

  /** {@link ownedSince}, but the rings since this member left, if it has, do not count: nobody asks it any more. */
  ownedUntilLeft(key: string, epoch: number): boolean {
    const last = this.#reigns.findLastIndex(({ ring }) => ring.has(this.#self));
    return last >= 0 && this.#ownedFromTo(key, epoch, last);
  }

  /** The ring changed so recently that its owners before are still asked. */
  isHandingOff(now: number): boolean {
    return this.#reigns.length > 1 && now - this.#reigns.at(-1)!.since < this.#handoffMs;
  }

  /** Other members that owned the key under a ring that ended within the handoff's time, the latest first. */
  previousOwners(key: string, now: number): Member[] {
    const owners = new Map<string, Member>();
    if (this.#found !== undefined && this.isHandingOff(now)) {
      const owner = this.#found.owner(key);
      owners.set(owner.id, owner);
    }
    for (let i = this.#reigns.length - 2; i >= 0; i--) {
      const endedAt = this.#reigns[i + 1]!.since;
      if (now - endedAt >= this.#handoffMs || owners.size === MAX_PREVIOUS_OWNERS) break;
      const owner = this.#reigns[i]!.ring.owner(key);
      if (owner.id !== this.#self) owners.set(owner.id, owner);
    }
    return [...owners.values()];
  }

  #ownedFromTo(key: string, epoch: number, last: number): boolean {
    if (epoch < this.#reigns[0]!.epoch) return false;
    for (let i = last; i >= 0; i--) {
      const reign = this.#reigns[i]!;
      if (reign.ring.owner(key).id !== this.#self) return false;
      if (reign.epoch <= epoch) break;
    }
    return true;
  }
}

function isAlone(id: string, ring: Ring<Member>): boolean {
  return ring.size === 1 && ring.has(id);
}

function without(id: string, ring: Ring<Member>): Ring<Member> | undefined {
  const others = ring.members.filter((member) => member.id !== id);
  if (others.length === 0) return undefined;
  return Ring.of(others, { dialect: ring.dialect, replicas: ring.replicas });
}
