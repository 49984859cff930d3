// What the page asks of the node that serves it, as JSON under /ui/api/. The page and the node are of one build, so these
// types may change freely with both.

import type { FlightReport, HeldReport, HotKey, Member, MemberReport, RingView } from '@ringcache/cache-core';

/** The events of GET /ui/api/events, each sent whole: a later one replaces an earlier one of its kind. */
export interface UiEvents {
  /** At once, and whenever the ring of this node changes. */
  ring: RingPicture;
  /** About once a second. */
  cluster: ClusterState;
}

/** The ring, small enough to draw. */
export interface RingPicture {
  readonly view: RingView;
  /** Of the key space by member id, 0 to 1. */
  readonly shares: Readonly<Record<string, number>>;
  /** Who owns each of these evenly spaced places of the ring, from 0 on: indices into `view.members`. */
  readonly places: readonly number[];
}

export interface ClusterState {
  /** Wall clock of the node that serves the page, in ms since 1970. */
  readonly at: number;
  /** Whether the caller sees `report`s: it has the role admin. */
  readonly reports: boolean;
  /** Of the ring in order of id, then those that left of late. */
  readonly members: readonly MemberView[];
}

/** `suspect`: it does not answer, or another member takes it for being away. `gone`: it left the ring of late. */
export type MemberState = 'joining' | 'live' | 'draining' | 'suspect' | 'gone';

export interface MemberView {
  readonly member: Member;
  readonly state: MemberState;
  /** Ids of members whose breakers are open towards it. */
  readonly suspectedBy: readonly string[];
  /** Why there is no report of late, as the end of a sentence that begins with the member: `did not answer within 2 s`. */
  readonly problem: string | undefined;
  /** When it left the ring, by the wall clock of the node that serves the page; undefined: it is in it. */
  readonly leftAt: number | undefined;
  /** The last one; it may be older than `at` where there is a problem. */
  readonly report: MemberReport | undefined;
}

/** GET /ui/api/session: what the caller may do. */
export interface Session {
  /** Id of the node that serves the page. */
  readonly self: string;
  readonly admin: boolean;
  readonly groups: readonly GroupRights[];
}

export interface GroupRights {
  readonly name: string;
  readonly read: boolean;
  /** Sets and deletes. */
  readonly write: boolean;
  readonly clear: boolean;
}

/** GET /ui/api/inspect?group=&key=: what every member knows of a key. */
export interface KeyView {
  readonly group: string;
  readonly key: string;
  readonly hash: string;
  /** 0 to 1, from the top of the ring. */
  readonly at: number;
  readonly owner: Member;
  readonly successor: Member | undefined;
  readonly members: readonly KeyAtMember[];
}

export interface KeyAtMember {
  readonly id: string;
  readonly held: HeldReport | undefined;
  readonly problem: string | undefined;
}

/** GET /ui/api/hot-keys?group=&limit= */
export interface HotKeysView {
  readonly keys: readonly HotKeyView[];
  readonly problems: readonly MemberProblem[];
}

/** A key, and how often it was asked for in the last minute, by member. */
export interface HotKeyView {
  readonly key: string;
  readonly count: number;
  readonly at: readonly (Pick<HotKey, 'count' | 'owned'> & { readonly id: string })[];
}

/** GET /ui/api/flights */
export interface FlightsView {
  readonly flights: readonly (FlightReport & { readonly id: string })[];
  readonly problems: readonly MemberProblem[];
}

export interface MemberProblem {
  readonly id: string;
  readonly problem: string;
}
