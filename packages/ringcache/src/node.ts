import { setMaxListeners } from 'node:events';
import {
  type Admin,
  CacheError,
  type CacheNode,
  type Clock,
  follow,
  type Member,
  type MemoryBudget,
  type NodeClient,
  type OnError,
  pause,
  type RingView,
} from '@ringcache/cache-core';
import type { Discovery, Registration, RegistrationEvent, Snapshot } from '@ringcache/discovery';

import type { Operated } from './operated.js';
import type { Servers } from './servers.js';

export interface NodeOptions<G> extends CacheNode {
  typed: G;
  servers: Omit<Servers, 'admin'>;
  /** Closed with the node. Left out: no operator asks it. */
  operated?: Operated | undefined;
  discovery: Discovery;
  budget: MemoryBudget | undefined;
  clock: Clock;
  leaveTimeoutMs: number | undefined;
  onRing: ((view: RingView) => void) | undefined;
  onRegistration: ((event: RegistrationEvent) => void) | undefined;
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
const ASK_AGAIN_MS = 50; // whether the others know that this member leaves

/** A member of the ring: what {@link join} makes. */
export class Node<G> {
  /** The groups by name, each with the type of its codec. */
  readonly groups: G;

  readonly #options: NodeOptions<G>;
  readonly #left = new AbortController();
  readonly #seen: Promise<void>;
  #markSeen!: () => void;
  #watching: Promise<void> = Promise.resolve();
  #registering: Promise<void> = Promise.resolve();
  #registration: Registration | undefined;
  #leaving: Promise<void> | undefined;

  constructor(options: NodeOptions<G>) {
    this.#options = options;
    this.groups = options.typed;
    this.#seen = new Promise((resolve) => {
      this.#markSeen = resolve;
    });
  }

  /** This member, with the addresses that it serves at. */
  get member(): Member {
    return this.#options.peers.self;
  }

  /** The ring as this member sees it. */
  get ring(): RingView {
    return this.#options.peers.view();
  }

  /** True: registered, in its own ring, and not leaving. */
  get isReady(): boolean {
    return (
      this.#registration !== undefined && this.#options.peers.ring.has(this.member.id) && this.#leaving === undefined
    );
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

  /** This member is sure to be in the list of members at this moment. */
  get isListed(): boolean {
    return this.#registration?.registered() ?? false;
  }

  /** The ring is of a list that was read after this member took its place in it. */
  get isShown(): boolean {
    return this.#registration?.shown() ?? false;
  }

  /** What moves memory between the groups, and what it has moved; undefined: each has a limit of its own. */
  get budget(): MemoryBudget | undefined {
    return this.#options.budget;
  }

  /** The untyped inside: for servers and metrics of the embedding app. */
  get core(): CacheNode {
    return { peers: this.#options.peers, groups: this.#options.groups };
  }

  /** For {@link join}: registers, follows discovery, and waits to see itself in the ring, but no longer than this. */
  async enter(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    this.#watching = this.#watch();
    this.#registering = this.#register();
    const timeUp = new AbortController();
    const waits = [
      Promise.all([this.#seen, this.#registering]),
      this.#sleep(timeoutMs, AbortSignal.any([timeUp.signal, ...(signal === undefined ? [] : [signal])])),
    ];
    await Promise.race(waits);
    timeUp.abort();
    if (!signal?.aborted) return;
    await this.leave();
    signal.throwIfAborted();
  }

  /**
   * Leaves the ring: out of discovery first, still serving until the others know and have had `handoffMs` to ask for what
   * it holds, then finishes the calls in flight and stops. Safe to call again. Never rejects: what fails on the way is told to `onError`.
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

  #watch(): Promise<void> {
    const { discovery, clock, onError } = this.#options;
    return follow({
      open: (signal) => discovery.watch(signal),
      use: (list) => this.#take(list),
      signal: this.#left.signal,
      clock,
      onError,
    });
  }

  #take({ members, stale }: Snapshot): void {
    const { peers, onRing, operated } = this.#options;
    peers.update(members, stale);
    operated?.others.keep(members);
    onRing?.(peers.view());
    if (members.some((member) => member.id === this.member.id)) this.#markSeen();
  }

  async #register(): Promise<void> {
    try {
      this.#registration = await this.#options.discovery.register(this.member, {
        signal: this.#left.signal,
        onEvent: (event) => this.#onRegistration(event),
        onShown: () => queueMicrotask(() => this.#options.peers.pledges.enter()), // the list is in force by then
      });
    } catch (error) {
      if (!this.#left.signal.aborted) this.#report(error);
    }
  }

  #onRegistration(event: RegistrationEvent): void {
    const { pledges } = this.#options.peers;
    if (event.kind === 'registered') pledges.enter();
    // With silence, it may be the directory that is away: then the others' pledges are enough.
    if (event.kind === 'lost' && event.reason !== 'silent') pledges.reset();
    this.#options.onRegistration?.(event);
  }

  async #leave(together: readonly string[]): Promise<void> {
    const { servers, peers, groups } = this.#options;
    const timeoutMs = this.#options.leaveTimeoutMs ?? DEFAULT_LEAVE_TIMEOUT_MS;
    const others = peers.others().filter(({ id }) => !together.includes(id));
    this.#options.budget?.close(); // before entries move away with the traffic
    await this.#attempt(async () => this.#registration?.leave());
    await this.#attempt(() => this.#untilOthersKnow(others, timeoutMs));
    peers.pledges.retire();
    if (this.#registration !== undefined && others.length > 0) await this.#handOver();
    this.#left.abort();
    await Promise.allSettled([this.#watching, this.#registering]);
    await this.#attempt(() => servers.drain());
    await this.#attempt(() => peers.close());
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

  /** Asks every other member until its ring is without this one; one that does not answer is not waited for. */
  async #untilOthersKnow(others: readonly Member[], timeoutMs: number): Promise<void> {
    if (this.#registration === undefined) return;
    const timeUp = new AbortController();
    setMaxListeners(0, timeUp.signal); // a call to each member waits on it, and they may be many
    const timer = this.#options.clock.setTimeout(() => timeUp.abort(), timeoutMs);
    await Promise.all(others.map((member) => this.#untilKnows(member, timeUp.signal)));
    timer.cancel();
  }

  async #untilKnows(member: Member, timeUp: AbortSignal): Promise<void> {
    const client = this.#options.servers.connect(member);
    try {
      while (!timeUp.aborted && (await this.#isKnownTo(client, timeUp))) await this.#sleep(ASK_AGAIN_MS, timeUp);
    } finally {
      await client.close();
    }
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return pause(this.#options.clock, ms, signal);
  }

  async #isKnownTo(client: NodeClient, signal: AbortSignal): Promise<boolean> {
    try {
      const { members } = await client.members({ signal });
      return members.some((member) => member.id === this.member.id);
    } catch {
      return false; // whoever does not answer sends nothing either
    }
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
