// A small world for the membership protocol alone: members with clocks of their own, a network and a directory with faults.
// What is checked, over and over, are facts of one moment that no member could check: see `check`.

import { CacheError, nobodyAnswered } from '../errors.js';
import type { ExchangeReply, ExchangeRequest } from '../membership/exchange.js';
import { Membership, type ViewChange } from '../membership/membership.js';
import { keyOf, type View, type ViewMember } from '../membership/view.js';
import type { DirectoryState, ViewDirectory } from '../membership/view-directory.js';
import { ManualClock } from './manual-clock.js';
import { ProcessClock } from './process-clock.js';

const SLOTS = Array.from({ length: 12 }, (_, i) => i); // of the ring, in place of keys
const TTL_MS = 10_000;
const DIRECTORY_TIMEOUT_MS = 1_000;

export interface WorldNode {
  readonly id: string;
  readonly clock: ProcessClock;
  readonly membership: Membership;
  /** What it was told of views, in order. */
  readonly changes: ViewChange[];
  readonly gaps: string[];
  alive: boolean;
}

/** A registration or a record as the directory holds it. */
interface Registration {
  readonly member: ViewMember;
  expiresAt: number;
}

export class MembershipWorld {
  readonly clock = new ManualClock();
  readonly random: () => number;
  readonly nodes = new Map<string, WorldNode>();
  readonly violations: string[] = [];
  /** One way, in ms. */
  delayMs: readonly [number, number] = [0.2, 4];
  loss = 0;
  readonly cuts = new Set<string>();
  /** Invalidations that were not acknowledged, and those that were sent again: `from>key of to`. */
  readonly owed = new Set<string>();
  readonly resent: string[] = [];
  readonly directory = {
    isAway: false,
    slowMs: 0,
    cut: new Set<string>(),
    /** Registered although nobody renews them; not registered although they are. */
    pinned: new Set<string>(),
    hidden: new Set<string>(),
    registrations: new Map<string, Registration>(),
    record: undefined as View | undefined,
    revision: 1,
    writes: 0,
    requests: 0,
  };
  readonly #options: { readonly fixed?: readonly string[]; readonly anewMs?: number; readonly graceMs?: number };
  #starts = 0;

  constructor(random: () => number, options: MembershipWorld['options'] = {}) {
    this.random = random;
    this.#options = options;
  }

  get options() {
    return this.#options;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.random();
  }

  /** @param rate of its clock. */
  start(id: string, rate = this.between(0.82, 1.22)): WorldNode {
    const clock = new ProcessClock(this.clock, rate);
    const self: ViewMember = { id, grpc: `${id}:1`, http: '', weight: 1, incarnation: `${++this.#starts}` };
    const { fixed, anewMs, graceMs } = this.#options;
    const changes: ViewChange[] = [];
    const gaps: string[] = [];
    const membership = new Membership({
      self,
      cluster: 'test',
      hashing: 'test/1',
      directory: fixed === undefined ? this.#directoryOf(id, clock) : undefined,
      exchange: (to, request, timeoutMs) => this.#exchange(node, to, request, timeoutMs),
      hooks: {
        owes: (key) => this.owed.has(`${id}>${key}`),
        resend: (key) => this.resent.push(`${id}>${key}`),
        isSettled: () => true,
        onView: (change) => changes.push(change),
        onGap: (key) => gaps.push(key),
        onDirectory: () => {},
      },
      clock,
      random: this.random,
      ttlMs: TTL_MS,
      anewMs,
      graceMs,
      onError: (error) => {
        if (!nobodyAnswered(error)) this.violations.push(`${id}: ${error.message}`);
      },
    });
    const node: WorldNode = { id, clock, membership, changes, gaps, alive: true };
    this.nodes.set(id, node);
    if (fixed === undefined) membership.start();
    else membership.update(fixed.map((each) => ({ ...self, id: each, grpc: `${each}:1` })));
    return node;
  }

  crash(id: string): void {
    const node = this.nodes.get(id);
    if (node === undefined) return;
    node.alive = false;
    node.clock.kill();
    this.nodes.delete(id);
  }

  pause(id: string, forMs: number): void {
    const node = this.nodes.get(id);
    if (node === undefined || !node.clock.isRunning) return;
    node.clock.pause();
    this.clock.setTimeout(() => node.clock.resume(), forMs);
  }

  cut(from: string, to: string, both = true): void {
    this.cuts.add(`${from}>${to}`);
    if (both) this.cuts.add(`${to}>${from}`);
  }

  mend(a: string, b: string): void {
    this.cuts.delete(`${a}>${b}`);
    this.cuts.delete(`${b}>${a}`);
  }

  /** From and to all others. */
  silence(id: string): void {
    for (const other of this.nodes.keys()) if (other !== id) this.cut(id, other);
  }

  /** All that the directory holds is lost. */
  empty(): void {
    this.directory.registrations.clear();
    this.directory.record = undefined;
    this.directory.revision += 1_000;
  }

  async advance(ms: number): Promise<void> {
    const STEP_MS = 40;
    for (let left = ms; left > 0; left -= STEP_MS) {
      await this.clock.advance(Math.min(STEP_MS, left));
      this.check();
    }
  }

  running(): WorldNode[] {
    return [...this.nodes.values()].filter(({ clock }) => clock.isRunning);
  }

  /** The owner of a slot, by rendezvous hashing over ids. */
  ownerOf(slot: number, members: readonly ViewMember[]): string | undefined {
    let best: ViewMember | undefined;
    for (const member of members)
      if (best === undefined || weigh(slot, member.id) > weigh(slot, best.id)) best = member;
    return best && keyOf(best);
  }

  /** Whether the member acts as the owner of a slot. */
  acts(node: WorldNode, slot: number): boolean {
    const { membership } = node;
    const { view } = membership;
    if (view === undefined) return false;
    const key = this.#keyOf(node);
    return membership.actsAsOwner({
      owns: this.ownerOf(slot, view.members) === key,
      ownedBefore: this.ownerOf(slot, view.before) === key,
    });
  }

  /**
   * Two facts that all promises rest on: at most one member acts as a slot's owner; and whoever counts on a member's grant is
   * among those whom that member tells of its writes, if it can answer that a write is in force everywhere.
   */
  check(): void {
    const running = this.running();
    for (const slot of SLOTS) {
      const acting = running.filter((node) => this.acts(node, slot));
      if (acting.length > 1) this.#violated(`${acting.map(({ id }) => id).join(' and ')} both act as owner of ${slot}`);
    }
    for (const node of running) {
      if (!node.membership.mayAct) continue;
      for (const owner of running) {
        if (owner === node || node.membership.grantEpoch(this.#keyOf(owner)) === 0 || !owner.membership.mayAct)
          continue;
        const targets = owner.membership.invalidationTargets().map(({ id }) => id);
        if (!targets.includes(node.id))
          this.#violated(`${node.id} counts on ${owner.id}, which does not tell it of writes`);
      }
    }
  }

  /** All in one view, which is active, and may act; if not, what is wrong. */
  trouble(): string[] {
    const running = this.running();
    const views = new Set(running.map(({ membership }) => membership.view?.id));
    const problems = running.flatMap(({ id, membership }) => {
      if (!membership.isInView) return [`${id} is not in its view`];
      if (!membership.mayAct) return [`${id} is in doubt`];
      if (!membership.isActive) return [`the view of ${id} is not active`];
      return membership.view!.members.length === running.length
        ? []
        : [`${id} sees ${membership.view!.members.length}`];
    });
    return views.size > 1 ? [...problems, `views differ: ${[...views].join(' | ')}`] : problems;
  }

  end(): void {
    for (const id of [...this.nodes.keys()]) this.crash(id);
  }

  #keyOf({ membership }: WorldNode): string {
    const { self } = membership;
    return this.#options.fixed === undefined ? keyOf(self) : keyOf({ ...self, incarnation: '' });
  }

  #violated(text: string): void {
    this.violations.push(`${(this.clock.now() / 1000).toFixed(2)} s: ${text}`);
  }

  /** A message's way, which may be lost. */
  #send(from: string, to: string, deliver: (node: WorldNode) => void): void {
    if (this.cuts.has(`${from}>${to}`) || this.random() < this.loss) return;
    const spikeMs = this.random() < 0.01 ? 300 * this.random() : 0;
    this.clock.setTimeout(
      () => {
        const node = this.nodes.get(to);
        if (node !== undefined && !this.cuts.has(`${from}>${to}`)) node.clock.run(() => deliver(node));
      },
      this.between(...this.delayMs) + spikeMs,
    );
  }

  #exchange(from: WorldNode, to: ViewMember, request: ExchangeRequest, timeoutMs: number): Promise<ExchangeReply> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new CacheError('deadline', `${to.id} did not answer`));
      const timer = from.clock.setTimeout(late, timeoutMs);
      this.#send(from.id, to.id, (node) => {
        const settle = answerOf(node, structuredClone(request));
        this.#send(to.id, from.id, (asker) => {
          if (asker !== from) return;
          timer.cancel();
          settle(resolve, reject);
        });
      });
    });
  }

  #directoryOf(id: string, clock: ProcessClock): ViewDirectory {
    const { directory } = this;
    const isOut = () => directory.isAway || directory.cut.has(id);
    const ask = <T>(work: () => T): Promise<T> => {
      directory.requests++;
      return new Promise((resolve, reject) => {
        const timer = clock.setTimeout(() => reject(new CacheError('deadline', 'no answer')), DIRECTORY_TIMEOUT_MS);
        const way = () => this.between(0.2, 3) + directory.slowMs * this.between(0.5, 1);
        if (isOut()) return;
        this.clock.setTimeout(() => {
          if (isOut()) return;
          const answer = structuredClone(work());
          this.clock.setTimeout(() => {
            if (isOut()) return;
            clock.run(() => {
              timer.cancel();
              resolve(answer);
            });
          }, way());
        }, way());
      });
    };
    return {
      renew: (self) =>
        ask((): DirectoryState => {
          directory.registrations.set(self.id, { member: self, expiresAt: this.clock.now() + TTL_MS });
          return { registered: this.#registered(), record: directory.record, revision: `${directory.revision}` };
        }),
      replace: (revision, view) =>
        ask(() => {
          if (revision !== `${directory.revision}`) return false;
          directory.record = structuredClone(view);
          directory.revision++;
          directory.writes++;
          return true;
        }),
      leave: (self) =>
        ask(() => {
          const held = directory.registrations.get(self.id);
          if (held?.member.incarnation === self.incarnation) directory.registrations.delete(self.id);
        }).catch(() => {}),
    };
  }

  #unexpired(): ViewMember[] {
    const { registrations, pinned } = this.directory;
    const now = this.clock.now();
    return [...registrations.values()]
      .filter(({ member, expiresAt }) => expiresAt > now || pinned.has(member.id))
      .map(({ member }) => member);
  }

  #registered(): ViewMember[] {
    return this.#unexpired().filter(({ id }) => !this.directory.hidden.has(id));
  }
}

/** What a member answers, to be handed over later. */
function answerOf(node: WorldNode, request: ExchangeRequest) {
  let reply: ExchangeReply | undefined;
  let failure: unknown;
  try {
    reply = structuredClone(node.membership.answer(request));
  } catch (error) {
    failure = error;
  }
  return (resolve: (reply: ExchangeReply) => void, reject: (error: unknown) => void) =>
    reply === undefined ? reject(failure) : resolve(reply);
}

const weights = new Map<string, number>();

function weigh(slot: number, id: string): number {
  const name = `${slot}|${id}`;
  let hash = weights.get(name);
  if (hash === undefined) {
    hash = 2_166_136_261;
    for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
    hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519);
    hash = (hash ^ (hash >>> 13)) >>> 0;
    weights.set(name, hash);
  }
  return hash;
}

/** Whether the view has the member, whatever its incarnation. */
export function hasMember(view: View | undefined, id: string): boolean {
  return view?.members.some((member) => member.id === id) ?? false;
}
