// One node's page shows the whole cluster: while at least one page listens, every member is asked for its report once a
// second, and all pages share the answers. A member that does not answer holds nobody up: what is known goes out after
// PUBLISH_AFTER_MS, and the member is asked again when its time is up.

import {
  type Admin,
  CacheError,
  type Clock,
  type Member,
  type MemberReport,
  type RingView,
  systemClock,
  type Timer,
} from '@ringcache/cache-core';

import { problemOf, type Watched } from './member-state.js';

export interface ClusterWatchOptions {
  /** The ring as this node sees it. */
  readonly ring: () => RingView;
  /** How a member of the ring, this node too, is asked. */
  readonly adminOf: (member: Member) => Pick<Admin, 'report'>;
  readonly clock?: Clock;
  /** Wall clock, in ms since 1970. */
  readonly wallClock?: () => number;
}

/** Hears of every state, later than it began to listen. */
export type ClusterListener = (watched: readonly Watched[]) => void;

export const ASK_TIMEOUT_MS = 2_000;
export const MAX_LISTENERS = 100;
const ASK_EVERY_MS = 1_000;
const PER_MEMBER_MS = 20; // a hundred members are asked every two seconds: reports have some KB each
const PUBLISH_AFTER_MS = 250;
const GONE_KEPT_MS = 10 * 60_000;
const MAX_GONE = 50;

interface Asked {
  member: Member;
  report: MemberReport | undefined;
  problem: string | undefined;
  leftAt: number | undefined;
  asking: boolean;
}

export class ClusterWatch {
  readonly #options: Required<ClusterWatchOptions>;
  readonly #listeners = new Set<ClusterListener>();
  readonly #members = new Map<string, Asked>();
  readonly #closed = new AbortController();
  #timer: Timer | undefined;
  #publishing: Timer | undefined;

  constructor(options: ClusterWatchOptions) {
    this.#options = { clock: systemClock, wallClock: Date.now, ...options };
  }

  /**
   * @returns ends it.
   * @throws {CacheError} `overloaded`: {@link MAX_LISTENERS} listen already; `unavailable`: this node is leaving.
   */
  listen(listener: ClusterListener): () => void {
    if (this.#closed.signal.aborted) throw new CacheError('unavailable', 'this node is leaving the ring');
    if (this.#listeners.size >= MAX_LISTENERS) {
      throw new CacheError('overloaded', `${MAX_LISTENERS} pages watch this node already: open another member's page`);
    }
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#ask();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  /** What is known, which is as old as the last listener where nobody else listens. */
  latest(): Watched[] {
    return [...this.#members.values()]
      .map(({ member, report, problem, leftAt }) => ({ member, report, problem, leftAt }))
      .sort((a, b) => (a.leftAt ?? 0) - (b.leftAt ?? 0) || (a.member.id < b.member.id ? -1 : 1));
  }

  /** To be called when this node's ring has changed: it is told at once, and newcomers are asked. */
  ringChanged(): void {
    if (this.#listeners.size === 0) return;
    this.#follow();
    this.#publish();
    this.#ask();
  }

  /** Ends what is under way; listeners hear no more. */
  close(): void {
    this.#closed.abort();
    this.#listeners.clear();
    this.#rest();
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#publishing?.cancel();
    this.#timer = undefined;
    this.#publishing = undefined;
  }

  #ask(): void {
    this.#rest();
    this.#follow();
    const { clock } = this.#options;
    const asked = [...this.#members.values()].filter((each) => !each.asking && isToBeAsked(each));
    const answers = Promise.all(asked.map((each) => this.#askOne(each)));
    const publishing = clock.setTimeout(() => this.#publish(), PUBLISH_AFTER_MS);
    this.#publishing = publishing;
    void answers.then(() => {
      if (this.#publishing === publishing) this.#publish();
    });
    const everyMs = Math.max(ASK_EVERY_MS, this.#members.size * PER_MEMBER_MS);
    this.#timer = clock.setTimeout(() => this.#ask(), everyMs);
  }

  async #askOne(asked: Asked): Promise<void> {
    asked.asking = true;
    try {
      const signal = this.#closed.signal;
      asked.report = await this.#options.adminOf(asked.member).report({ timeoutMs: ASK_TIMEOUT_MS, signal });
      asked.problem = undefined;
    } catch (error) {
      asked.problem = problemOf(error, ASK_TIMEOUT_MS);
    } finally {
      asked.asking = false;
    }
  }

  /** Brings the members that are watched in line with the ring. */
  #follow(): void {
    const now = this.#options.wallClock();
    const ring = new Map(this.#options.ring().members.map((member) => [member.id, member]));
    for (const [id, member] of ring) {
      const known = this.#members.get(id);
      if (known === undefined || known.leftAt !== undefined) this.#members.set(id, newcomer(member));
      else known.member = member;
    }
    for (const [id, asked] of this.#members) {
      if (!ring.has(id)) asked.leftAt ??= now;
      if (asked.leftAt !== undefined && now - asked.leftAt > GONE_KEPT_MS) this.#members.delete(id);
    }
    const gone = [...this.#members.values()].filter(({ leftAt }) => leftAt !== undefined);
    gone.sort((a, b) => b.leftAt! - a.leftAt!);
    for (const { member } of gone.slice(MAX_GONE)) this.#members.delete(member.id);
  }

  #publish(): void {
    this.#publishing?.cancel();
    this.#publishing = undefined;
    const watched = this.latest();
    for (const listener of this.#listeners) listener(watched);
  }
}

function newcomer(member: Member): Asked {
  return { member, report: undefined, problem: undefined, leftAt: undefined, asking: false };
}

/** A member that left is asked for as long as it answers: it may be draining. */
function isToBeAsked({ leftAt, problem }: Asked): boolean {
  return leftAt === undefined || problem === undefined;
}
