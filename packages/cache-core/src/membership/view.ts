// A view is one numbered list of the members that make the ring. All members that name the same view have the same ring, and
// the directory holds the present one in a record that is replaced only by compare-and-set: so there is one order of views.

import type { Member } from '../member.js';

/** Of members that are given no other. */
export const DEFAULT_CLUSTER = 'default';

/** One process under an id. */
export interface ViewMember extends Member {
  /** Random text that a process draws when it starts: a process that comes back under an id is another member. */
  readonly incarnation: string;
}

export interface View {
  /** Unique. Views are compared by it, never by number alone: a directory that forgot may give a number twice. */
  readonly id: string;
  /** Shared by all views that follow one first view; numbers are compared within it. */
  readonly lineage: string;
  /** Rises by one with each view; by more where members may have missed one in between. */
  readonly number: number;
  readonly members: readonly ViewMember[];
  /** The members of the view before this one; empty: every member has dropped what it held under an earlier view. */
  readonly before: readonly ViewMember[];
  /** False: the directory had lost it and does not confirm it until all members have granted it anew. */
  readonly armed: boolean;
}

/** Returns the name of a member where incarnations matter: its id and incarnation. */
export function keyOf({ id, incarnation }: Pick<ViewMember, 'id' | 'incarnation'>): string {
  return `${id}#${incarnation}`;
}

export function isIn(view: View | undefined, key: string): boolean {
  return view?.members.some((member) => keyOf(member) === key) ?? false;
}

/** Returns whether the view follows the other one: within a lineage, the higher number does. */
export function follows(view: View, other: View): boolean {
  return view.id !== other.id && view.lineage === other.lineage && view.number > other.number;
}
