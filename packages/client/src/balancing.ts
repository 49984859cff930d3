// Which member a client asks first, and whom next if that one is away. A strategy only orders the members; trying them is
// the client's.

import type { Member } from '@ringcache/cache-core';
import type { Ring } from '@ringcache/hashring';

/**
 * - `owner`: the member that owns the key, then its successors: one hop. A wrong guess costs a hop, no more.
 * - `round-robin`: each member in turn, whatever the key.
 * - `random`: any member.
 * - `least-loaded`: the member with the fewest calls of this client in flight.
 */
export type Balancing = 'owner' | 'round-robin' | 'random' | 'least-loaded';

export const BALANCINGS: readonly Balancing[] = ['owner', 'round-robin', 'random', 'least-loaded'];

export interface Balancer {
  /** Whom to ask of a ring that is not empty; `inFlight` tells a member's open calls of this client. */
  first(ring: Ring<Member>, key: string, inFlight: (member: Member) => number): Member;
  /** Every member in the order to try them, where the first did not answer. */
  order(ring: Ring<Member>, key: string, inFlight: (member: Member) => number): Member[];
}

export function createBalancer(balancing: Balancing, random: () => number): Balancer {
  if (balancing === 'owner') {
    return { first: (ring, key) => ring.owner(key), order: (ring, key) => ring.owners(key, ring.size) };
  }
  if (balancing === 'least-loaded') return leastLoaded(random);
  let turn = 0;
  const next = balancing === 'random' ? (size: number) => Math.floor(random() * size) : (size: number) => turn++ % size;
  return {
    first: (ring) => ring.members[next(ring.size)]!,
    order: (ring) => rotated(ring.members, next(ring.size)),
  };
}

function leastLoaded(random: () => number): Balancer {
  const order: Balancer['order'] = (ring, _, inFlight) => {
    // Rotated by chance first, since the sort is stable: members that are equally loaded share the calls.
    const members = rotated(ring.members, Math.floor(random() * ring.size));
    return members.sort((a, b) => inFlight(a) - inFlight(b));
  };
  return { first: (ring, key, inFlight) => order(ring, key, inFlight)[0]!, order };
}

function rotated(members: readonly Member[], first: number): Member[] {
  return [...members.slice(first), ...members.slice(0, first)];
}
