import {
  type Admin,
  CacheError,
  type CacheNode,
  type Clock,
  follow,
  type Member,
  type MemoryBudget,
  type OnError,
  ofNoProcess,
  pause,
  type RingView,
} from '@ringcache/cache-core';
import type { ListDiscovery, Registration, RegistrationEvent, Snapshot } from '@ringcache/discovery';

import type { Operated } from './operated.js';
import type { Servers } from './servers.js';
import { type TroubleReport, TroubleWatch } from './trouble-watch.js';

export interface NodeOptions<G> extends CacheNode {
  typed: G;
  servers: Omit<Servers, 'admin'>;
  /** Closed with the node. Left out: no operator asks it. */
  operated?: Operated | undefined;
  /** Says who the members are. undefined: the peers know of a directory that does. */
  list: ListDiscovery | undefined;
  budget: MemoryBudget | undefined;
  clock: Clock;
  leaveTimeoutMs: number | undefined;
  onRing: ((view: RingView) => void) | undefined;
  onRegistration: ((event: RegistrationEvent) => void) | undefined;
  onTrouble: ((report: TroubleReport) => void) | undefined;
  onIsolated: (() => void) | undefined;
  onError: OnError;
}

export interface LeaveOptions {
  /**
   * Ids of members that leave at this time too, such as the others of a machine that goes down: they are not waited for, and
   * nothing is handed over to them. Default: none.
   */
  together?: readonly string[] | undefined;
}

const DEFAULT_LEAVE_TIMEOUT_MS = 2_000;
const FOUND_EACH_OTHER_MS = 500;
const LOOK_MS = 5;

/** A member of the ring: what {@link join} makes. */
export class Node<G> {
  /** The groups by name, each with the type of its codec. */
  readonly groups: G;

  readonly #options: NodeOptions<G>;
  readonly #left = new AbortController();
  readonly #seen: Promise<void>;
  #markSeen!: () => void;
  readonly #stopListening: () => void;
  readonly #troubles: TroubleWatch | undefined;
  #watching: Promise<void> = Promise.resolve();
  #registering: Promise<void> = Promise.resolve();
  #registration: Registration | undefined;
  #leaving: Promise<void> | undefined;
  #isolations = 0;

  constructor(options: NodeOptions<G>) {
    this.#options = options;
    this.groups = options.typed;
    this.#seen = new Promise((resolve) => {
      this.#markSeen = resolve;
    });
    const { peers, clock, onTrouble } = options;
    this.#stopListening = peers.onUpdate(() => this.#ringChanged());
    if (onTrouble !== undefined) {
      this.#troubles = new TroubleWatch({ clock, troubles: () => peers.troubles(), report: onTrouble });
    }
  }

  /** This member, with the addresses that it serves at. */
  get member(): Member {
    return ofNoProcess(this.#options.peers.self);
  }

  /** The ring as this member sees it. */
  get ring(): RingView {
    return this.#options.peers.view();
  }

  /** True: in its own ring, and not leaving. */
  get isReady(): boolean {
    const isRegistered = this.#options.list === undefined || this.#registration !== undefined;
    return isRegistered && this.#options.peers.isInView && this.#leaving === undefined;
  }

  /**
   * This member serves what it holds and keeps what it loads of its own keys. False for moments after it has come into a ring, and
   * while it is in doubt. Cost: a comparison of times.
   */
  get isActing(): boolean {
    const { peers } = this.#options;
    return peers.mayAct && peers.isActive;
  }

  /** How it stands with the ring, as an operator is told. */
  get state(): 'joining' | 'live' | 'draining' {
    if (this.#leaving !== undefined) return 'draining';
    return this.isReady ? 'live' : 'joining';
  }

  /** What an operator asks of this member, and has it do. */
  get admin(): Admin {
    return this.#operated().admin;
  }

  /**
   * The same of any member of the ring, asked over the way that members take.
   * @param member its id; or the member itself, which may have left the ring and still answer, as one does that drains.
   * @throws {CacheError} `invalid_argument`: there is no such member; `unavailable`: this one has left.
   */
  adminOf(member: string | Member): Admin {
    const id = typeof member === 'string' ? member : member.id;
    if (id === this.member.id) return this.admin;
    const found = typeof member === 'string' ? this.ring.members.find((each) => each.id === id) : member;
    if (found !== undefined) return this.#operated().others.of(found);
    throw new CacheError('invalid_argument', `there is no member ${JSON.stringify(id.slice(0, 200))} in the ring`);
  }

  /** What moves memory between the groups, and what it has moved; undefined: each has a limit of its own. */
  get budget(): MemoryBudget | undefined {
    return this.#options.budget;
  }

  /** The untyped inside: for servers and metrics of the embedding app. */
  get core(): CacheNode {
    return { peers: this.#options.peers, groups: this.#options.groups };
  }

  /** For {@link join}: registers, and waits to see itself in the ring, but no longer than this. */
  async enter(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { list, peers } = this.#options;
    if (list === undefined) peers.start();
    else {
      this.#watching = this.#watch(list);
      this.#registering = this.#register(list);
    }
    const timeUp = new AbortController();
    const waits = [
      Promise.all([this.#seen, this.#registering]),
      this.#sleep(timeoutMs, AbortSignal.any([timeUp.signal, ...(signal === undefined ? [] : [signal])])),
    ];
    await Promise.race(waits);
    timeUp.abort();
    if (peers.isInView) await this.#untilActing(Math.min(timeoutMs, FOUND_EACH_OTHER_MS), signal);
    if (!signal?.aborted) return;
    await this.leave();
    signal.throwIfAborted();
  }

  /**
   * Leaves the ring: still serving until the others go by a ring without it and have had `handoffMs` to ask for what it
   * holds, then finishes the calls in flight and stops. Safe to call again. Never rejects: what fails on the way is told to `onError`.
   */
  leave(options?: LeaveOptions): Promise<void> {
    this.#leaving ??= this.#leave(options?.together ?? []);
    return this.#leaving;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #operated(): Operated {
    if (this.#options.operated !== undefined) return this.#options.operated;
    throw new CacheError('invalid_argument', 'this member was made without anything for operators');
  }

  /** Members that answer each other keep values within milliseconds; one that waits for a silent member takes longer. */
  async #untilActing(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#options;
    const giveUpAt = clock.now() + timeoutMs;
    while (!this.isActing && clock.now() < giveUpAt && !signal?.aborted) await pause(clock, LOOK_MS);
  }

  #watch(list: ListDiscovery): Promise<void> {
    const { clock, onError } = this.#options;
    return follow({
      open: (signal) => list.watch(signal),
      use: ({ members, stale }: Snapshot) => this.#options.peers.update(members, stale),
      signal: this.#left.signal,
      clock,
      onError,
    });
  }

  #ringChanged(): void {
    const { peers, onRing, onIsolated, operated } = this.#options;
    const { isolations } = peers.ownership;
    if (isolations > this.#isolations) onIsolated?.();
    this.#isolations = isolations;
    operated?.others.keep(peers.ring.members);
    onRing?.(peers.view());
    if (peers.isInView) this.#markSeen();
  }

  async #register(list: ListDiscovery): Promise<void> {
    try {
      this.#registration = await list.register(this.member, {
        signal: this.#left.signal,
        onEvent: (event) => this.#options.onRegistration?.(event),
      });
    } catch (error) {
      if (!this.#left.signal.aborted) this.#report(error);
    }
  }

  async #leave(together: readonly string[]): Promise<void> {
    const { servers, peers, groups, list } = this.#options;
    const timeoutMs = this.#options.leaveTimeoutMs ?? DEFAULT_LEAVE_TIMEOUT_MS;
    const others = peers.others().filter(({ id }) => !together.includes(id));
    this.#options.budget?.close(); // before entries move away with the traffic
    await this.#attempt(async () => this.#registration?.leave());
    let hasLeft = false;
    // A list is others' to change, and nobody is left to see it; a record is this member's.
    if (others.length > 0 || list === undefined) {
      await this.#attempt(async () => {
        hasLeft = await peers.leave(timeoutMs);
      });
    }
    if (hasLeft && others.length > 0) await this.#handOver();
    this.#left.abort();
    this.#troubles?.close();
    await Promise.allSettled([this.#watching, this.#registering]);
    await this.#attempt(() => servers.drain());
    await this.#attempt(() => peers.close());
    this.#stopListening();
    await this.#attempt(async () => this.#options.operated?.close());
    await this.#attempt(() => servers.close());
    for (const group of groups.values()) group.close();
  }

  /** Stays to answer for as long as the new owners ask what this member holds, unless that is nothing. */
  async #handOver(): Promise<void> {
    const { peers, groups } = this.#options;
    const holdsSomething = [...groups.values()].some((group) => group.stats().entries > 0);
    if (holdsSomething) await this.#sleep(peers.handoffMs, this.#left.signal);
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return pause(this.#options.clock, ms, signal);
  }

  async #attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#options.onError(CacheError.from(error));
  }
}
