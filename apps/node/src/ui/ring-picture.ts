import type { Member, RingView } from '@ringcache/cache-core';
import type { Ring } from '@ringcache/hashring';
import type { RingPicture } from '@ringcache/ui';

export const PLACES = 360;

/** A ring as the page draws it. Cost: a walk over all points, 10 ms for ten members of 8,192; the event loop waits. */
export function ringPicture(ring: Ring<Member>, view: RingView): RingPicture {
  const shares = ring.shares();
  return {
    view,
    shares: Object.fromEntries(ring.members.map(({ id }, index) => [id, shares[index]!])),
    places: ownersOfPlaces(ring, view),
  };
}

/** A place belongs to the first point at or after it; those behind the last point to the first of all. */
function ownersOfPlaces(ring: Ring<Member>, { members, dialect }: RingView): number[] {
  const index = new Map(members.map(({ id }, i) => [id, i]));
  const places: number[] = [];
  let first = 0;
  let isFirst = true;
  for (const { hash, owner } of ring.points()) {
    const member = index.get(owner.id)!;
    if (isFirst) first = member;
    isFirst = false;
    const at = placeOf(hash, dialect);
    while (places.length < PLACES && places.length / PLACES <= at) places.push(member);
    if (places.length === PLACES) break;
  }
  while (places.length < PLACES && !isFirst) places.push(first);
  return places;
}

/** How far round the ring a hash lies, 0 to 1. */
function placeOf(hash: string, dialect: string): number {
  return dialect === 'groupcache-v3' ? (Number(hash) + 2 ** 63) / 2 ** 64 : Number(hash) / 2 ** 32;
}
