// Discovery by a list that others keep, such as DNS: a member cannot put itself in it, only see that it is there.
//
// Each answer is some state of one list that changes in one order, perhaps an old one, since resolvers cache. So two members may go
// by different lists for a while. What that costs, and what it can break, the README says.
//
// - A member is in the list at the first answer that has it, and out of it after `goneAfter` answers in a row without it:
//   replicas of a server that know different states take turns in answering.
// - An empty answer where there were members is no news of them: a service whose probes fail all at once must not take a ring
//   apart that works. It counts as no answer.
// - An answer counts for `freshForMs`, or until 3 s after the first failure that follows it. Then the list is stale, and members
//   that registered have lost their place, silently.

import { CacheError, type Clock, type Member, type OnError, shielded, type Timer } from '@ringcache/cache-core';
import type { ListDiscovery, LossReason, RegisterOptions, Registration, Snapshot } from './discovery.js';
import { Latest } from './latest.js';
import { byId, checkMember, sameMember } from './member-record.js';
import { RegistrationEvents } from './registration-events.js';

export const STALE_AFTER_MS = 3_000; // as with etcd: nobody needs to hear of a server that is replaced

export interface ObserverOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: OnError;
  /** What is asked, for messages. */
  readonly where: string;
  /** For how long after it was asked for an answer counts, in ms. */
  readonly freshForMs: number;
  /** So many answers in a row without a member, and it is out of the list. */
  readonly goneAfter: number;
  /** @throws {CacheError} `invalid_argument`: the list can never hold this member as it calls itself. */
  readonly checkSelf: (member: Member) => void;
  /** Begins to ask; called once, when somebody first wants to know. */
  readonly follow: (answers: Answers) => Follower;
}

/** Where a follower puts what it hears. */
export interface Answers {
  /** A whole list. @param askedAt on the clock, the moment before it was asked for. */
  took(members: readonly Member[], askedAt: number): void;
  failed(error: unknown): void;
}

export interface Follower {
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

interface Known {
  member: Member;
  missed: number;
}

export class ObservedDiscovery implements ListDiscovery, Answers {
  readonly #options: ObserverOptions;
  readonly #latest = new Latest<Snapshot>();
  readonly #known = new Map<string, Known>();
  readonly #sightings = new Set<Sighting>();
  #follower: Follower | undefined;
  #staleTimer: Timer | undefined;
  #freshUntil = Number.NEGATIVE_INFINITY;
  #closed: Promise<void> | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  watch(signal: AbortSignal): AsyncIterable<Snapshot> {
    this.#start();
    return this.#latest.read(signal);
  }

  async register(member: Member, options: RegisterOptions = {}): Promise<Registration> {
    const { signal } = options;
    checkMember(member);
    if (signal?.aborted) throw givenUp(member, signal);
    if (this.#closed !== undefined) throw new CacheError('unavailable', 'the discovery is closed');
    this.#options.checkSelf(member);
    const onEvent = shielded(options.onEvent ?? (() => {}), this.#options.onError);
    const sighting = new Sighting(member.id, this.#options, new RegistrationEvents({ ...this.#options, onEvent }));
    this.#sightings.add(sighting);
    if (this.#isFresh) sighting.took(this.#members());
    this.#start();
    const giveUp = () => sighting.end();
    signal?.addEventListener('abort', giveUp);
    await sighting.first;
    signal?.removeEventListener('abort', giveUp);
    if (signal?.aborted) {
      this.#sightings.delete(sighting);
      throw givenUp(member, signal);
    }
    if (this.#closed !== undefined) throw new CacheError('unavailable', 'the discovery was closed first');
    return {
      registered: () => sighting.isListed && this.#isFresh,
      leave: async () => void this.#sightings.delete(sighting),
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  took(members: readonly Member[], askedAt: number): void {
    if (this.#closed !== undefined) return;
    const { where } = this.#options;
    if (members.length === 0 && this.#known.size > 0) {
      this.failed(new CacheError('unavailable', `${where} lists nobody: the last list stays in force`));
      return;
    }
    this.#take(members);
    this.#freshFrom(askedAt);
    this.#publish({ stale: false });
    const listed = this.#members();
    for (const sighting of this.#sightings) sighting.took(listed);
  }

  failed(error: unknown): void {
    if (this.#closed !== undefined) return;
    this.#freshUntilAtMost(this.#options.clock.now() + STALE_AFTER_MS);
    this.#options.onError(CacheError.from(error, 'unavailable'));
  }

  get #isFresh(): boolean {
    return this.#options.clock.now() < this.#freshUntil;
  }

  #start(): void {
    if (this.#closed === undefined) this.#follower ??= this.#options.follow(this);
  }

  #members(): Member[] {
    return [...this.#known.values()].map(({ member }) => member).sort(byId);
  }

  #take(members: readonly Member[]): void {
    for (const known of this.#known.values()) known.missed++;
    for (const member of members) this.#known.set(member.id, { member, missed: 0 });
    for (const [id, { missed }] of this.#known) if (missed >= this.#options.goneAfter) this.#known.delete(id);
  }

  #freshFrom(askedAt: number): void {
    this.#freshUntil = Number.POSITIVE_INFINITY;
    this.#freshUntilAtMost(askedAt + this.#options.freshForMs);
  }

  #freshUntilAtMost(until: number): void {
    if (until >= this.#freshUntil) return;
    const { clock } = this.#options;
    this.#freshUntil = until;
    this.#staleTimer?.cancel();
    this.#staleTimer = clock.setTimeout(() => this.#outOfSight(), Math.max(0, until - clock.now()));
  }

  #outOfSight(): void {
    this.#publish({ stale: true });
    for (const sighting of this.#sightings) sighting.lost('silent');
  }

  #publish({ stale }: { stale: boolean }): void {
    const snapshot: Snapshot = { members: this.#members(), stale };
    const before = this.#latest.value;
    if (before === undefined || !sameSnapshot(before, snapshot)) this.#latest.set(snapshot);
  }

  async #close(): Promise<void> {
    this.#latest.end();
    this.#staleTimer?.cancel();
    for (const sighting of this.#sightings) sighting.end();
    this.#sightings.clear();
    await this.#follower?.stop();
  }
}

/** One member that looks for itself in the list. */
class Sighting {
  readonly #id: string;
  readonly #observer: ObserverOptions;
  readonly #events: RegistrationEvents;

  /** Resolves when the member is in the list for the first time, or at the end. */
  readonly first: Promise<void>;
  readonly end: () => void;

  constructor(id: string, observer: ObserverOptions, events: RegistrationEvents) {
    this.#id = id;
    this.#observer = observer;
    this.#events = events;
    let end = () => {};
    this.first = new Promise((resolve) => {
      end = resolve;
    });
    this.end = end;
  }

  get isListed(): boolean {
    return this.#events.isRegistered;
  }

  took(listed: readonly Member[]): void {
    const { clock, where, freshForMs } = this.#observer;
    if (listed.some(({ id }) => id === this.#id)) {
      this.#events.confirmed(clock.now(), freshForMs);
      this.end();
      return;
    }
    this.#events.lost('expired');
    const names = listed.length === 0 ? 'nobody' : listed.map(({ id }) => id).join(' ');
    this.#events.failed(new CacheError('unavailable', `${where} does not list ${this.#id}, but ${names}`));
  }

  lost(reason: LossReason): void {
    this.#events.lost(reason);
  }
}

function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  if (a.stale !== b.stale || a.members.length !== b.members.length) return false;
  return a.members.every((member, i) => sameMember(member, b.members[i]!));
}

function givenUp(member: Member, signal: AbortSignal): CacheError {
  return new CacheError('deadline', `gave up registering ${member.id}`, { cause: signal.reason });
}
