// The geometry of the ring's picture. Positions on the ring are 0 to 1, from the top, clockwise.

import { byId } from '../model/id-order.js';

export interface Arc {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** One arc a member, in order of id, as long as its share; shares that do not add up to 1, as in an animation, are scaled. */
export function shareArcs(shares: ReadonlyMap<string, number>): Arc[] {
  const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
  let from = 0;
  const inOrder = [...shares].sort(([a], [b]) => byId(a, b));
  return inOrder.map(([id, share]) => {
    const to = from + (total === 0 ? 0 : share / total);
    const arc = { id, from, to };
    from = to;
    return arc;
  });
}

export interface PlaceRun {
  /** Index into the ring's members. */
  readonly owner: number;
  readonly from: number;
  readonly to: number;
}

/** Neighbouring places of one owner as one run. */
export function placeRuns(places: readonly number[]): PlaceRun[] {
  const runs: PlaceRun[] = [];
  places.forEach((owner, index) => {
    const to = (index + 1) / places.length;
    const last = runs.at(-1);
    if (last?.owner === owner) runs[runs.length - 1] = { ...last, to };
    else runs.push({ owner, from: index / places.length, to });
  });
  return runs;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export function onCircle(at: number, radius: number): Place {
  const angle = at * 2 * Math.PI - Math.PI / 2;
  return { x: round(radius * Math.cos(angle)), y: round(radius * Math.sin(angle)) };
}

/** The outline of a piece of a ring around 0,0. A whole turn is drawn as two halves: an arc that ends where it begins is none. */
export function bandPath(from: number, to: number, inner: number, outer: number): string {
  if (to - from > 0.999) return `${bandPath(0, 0.5, inner, outer)} ${bandPath(0.5, 0.999, inner, outer)}`;
  const isLarge = to - from > 0.5 ? 1 : 0;
  const [a, b, c, d] = [onCircle(from, outer), onCircle(to, outer), onCircle(to, inner), onCircle(from, inner)];
  return [
    `M${a.x} ${a.y}`,
    `A${outer} ${outer} 0 ${isLarge} 1 ${b.x} ${b.y}`,
    `L${c.x} ${c.y}`,
    `A${inner} ${inner} 0 ${isLarge} 0 ${d.x} ${d.y}Z`,
  ].join(' ');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
