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
  /** Up to `n` distinct members in the order to try them; `inFlight` tells a member's open calls of this client. */
  order(ring: Ring<Member>, key: string, n: number, inFlight: (member: Member) => number): Member[];
}

export function createBalancer(balancing: Balancing, random: () => number): Balancer {
  if (balancing === 'owner') return { order: (ring, key, n) => ring.owners(key, n) };
  if (balancing === 'round-robin') return roundRobin();
  if (balancing === 'random')
    return { order: (ring, _, n) => rotated(ring.members, Math.floor(random() * ring.size), n) };
  return leastLoaded(random);
}

function roundRobin(): Balancer {
  let turn = 0;
  return { order: (ring, _, n) => rotated(ring.members, turn++, n) };
}

function leastLoaded(random: () => number): Balancer {
  return {
    order(ring, _, n, inFlight) {
      // Rotated by chance first, since the sort is stable: members that are equally loaded share the calls.
      const members = rotated(ring.members, Math.floor(random() * ring.size), ring.size);
      return members.sort((a, b) => inFlight(a) - inFlight(b)).slice(0, n);
    },
  };
}

function rotated(members: readonly Member[], by: number, n: number): Member[] {
  const first = by % members.length;
  return [...members.slice(first), ...members.slice(0, first)].slice(0, n);
}
