import { isDeepStrictEqual } from 'node:util';
import {
  type Answer,
  Breakers,
  CacheError,
  type CallOptions,
  type Change,
  type Clock,
  type Connect,
  callInSpan,
  follow,
  type Member,
  memberAttributes,
  type NodeClient,
  nobodyAnswered,
  type OnError,
  type Span,
  shieldedOnError,
  systemClock,
  type Tracing,
  type WriteResult,
} from '@ringcache/cache-core';
import { DIALECTS, type Dialect, Ring } from '@ringcache/hashring';

import { type Balancer, type Balancing, createBalancer } from './balancing.js';
import { Connections } from './connections.js';
import type { MemberList, MemberSource } from './sources.js';

export interface ClientOptions {
  /** Who is in the cluster. */
  source: MemberSource;
  /** How a member is reached. */
  connect: Connect;
  /** Default `owner`. */
  balancing?: Balancing | undefined;
  /** How long a call may take, all its attempts together, in ms. Default 5,000. */
  timeoutMs?: number | undefined;
  /** How many members a get or delete is tried on, 1 or more. Default 3. */
  attempts?: number | undefined;
  /** How the ring hashes, where the source does not say. Default `ringcache`. */
  dialect?: Dialect | undefined;
  replicas?: number | undefined;
  clock?: Clock | undefined;
  random?: (() => number) | undefined;
  /** Records calls as spans. Default: nobody does, and the trace that a call is given goes with it as it is. */
  tracing?: Tracing | undefined;
  /** Hears what goes wrong behind calls: a source that fails, a member that was tried in vain. Default: nobody. */
  onError?: OnError | undefined;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_ATTEMPTS = 3;
const ATTEMPT_SHARE = 1 / 2; // of the time that is left, for each attempt but the last
/** Of the time that an attempt got: a `deadline` that is answered sooner is of the origin's time, and final. Clocks run apart. */
const OUT_OF_TIME = 0.9;
const ALIVE_MS = 2 ** 30;
const NO_OPTIONS: CallOptions = {};
const NOBODY: readonly Member[] = [];

/**
 * When another member is tried. `unanswered`: nobody answered; an origin that one member found away is not asked through
 * another. `unavailable`: also if a member says that it cannot do it now, being about to leave or not yet one of the ring.
 */
type Again = 'never' | 'unanswered' | 'unavailable';

type Act<T> = (node: NodeClient, call: CallOptions) => Promise<T>;

interface Question<T> {
  readonly key: string;
  readonly options: CallOptions;
  readonly again: Again;
  readonly act: Act<T>;
  /** For all attempts, by the clock. */
  readonly deadline: number;
  /** undefined: it is not recorded. */
  readonly span: Span | undefined;
}

interface Waiting {
  readonly untilUnreachable: boolean;
  /** With why it failed, if it did. */
  readonly settle: (failure?: CacheError) => void;
}

/** For programs outside the ring: finds the members, asks the right one, and another if that one is away. */
export class Client {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #balancer: Balancer;
  readonly #breakers: Breakers;
  readonly #connections: Connections;
  readonly #onError: OnError;
  readonly #stopped = new AbortController();
  readonly #listening: Promise<void>;
  #ring: Ring<Member>;
  #list: MemberList = { members: NOBODY };
  /** Calls that wait for a first list, each with how to end its wait. */
  readonly #waiting = new Set<Waiting>();
  #whyNone: CacheError | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    this.#balancer = createBalancer(options.balancing ?? 'owner', random);
    this.#breakers = new Breakers({ clock: this.#clock, random });
    this.#onError = shieldedOnError(options.onError);
    this.#connections = new Connections(options.connect, this.#onError);
    this.#ring = this.#ringOf(this.#list);
    this.#listening = this.#listen();
  }

  /** The members that are known now. */
  get members(): readonly Member[] {
    return this.#ring.members;
  }

  /** Resolves once members are known. @throws {CacheError} `unavailable` if none are within `timeoutMs`. */
  async ready(timeoutMs: number = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS): Promise<void> {
    if (this.#ring.size === 0) await this.#firstList(timeoutMs, { untilUnreachable: false });
  }

  /**
   * Reads through the cluster's cache. Gets of one turn of the event loop to one member travel together (over gRPC).
   * @throws {CacheError} `not_found`, `no_such_group`, `invalid_argument`, `deadline`, `unavailable`, `overloaded`.
   */
  get(group: string, key: string, options: CallOptions = NO_OPTIONS): Promise<Answer> {
    return this.#call('Get', group, key, options, 'unanswered', (node, call) => node.get(group, key, call));
  }

  /** {@link get} for many keys: an answer or an error for each, in their order. Never rejects. */
  getMany(group: string, keys: readonly string[], options: CallOptions = NO_OPTIONS): Promise<(Answer | CacheError)[]> {
    return Promise.all(
      keys.map((key) => this.get(group, key, options).catch((error: unknown) => CacheError.from(error))),
    );
  }

  /** @param options.ttlMs how long the value lives; left out: as the group says. Tried once: it may not be repeated. */
  set(
    group: string,
    key: string,
    value: Uint8Array,
    options: CallOptions & { ttlMs?: number | undefined } = {},
  ): Promise<WriteResult> {
    const change: Change = { op: 'set', key, value, ttlMs: options.ttlMs };
    return this.#call('Set', group, key, options, 'never', (node, call) => node.write(group, change, call));
  }

  delete(group: string, key: string, options: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    const change: Change = { op: 'delete', key };
    return this.#call('Delete', group, key, options, 'unavailable', (node, call) => node.write(group, change, call));
  }

  /** {@link delete} for many keys: a result or an error for each, in their order. Never rejects. */
  deleteMany(
    group: string,
    keys: readonly string[],
    options: CallOptions = NO_OPTIONS,
  ): Promise<(WriteResult | CacheError)[]> {
    return Promise.all(
      keys.map((key) => this.delete(group, key, options).catch((error: unknown) => CacheError.from(error))),
    );
  }

  /**
   * Deletes every key of a group, on every member; any member can do it.
   * @throws {CacheError} `no_such_group`, `permission_denied`, `deadline`, `unavailable`.
   */
  clear(group: string, options: CallOptions = NO_OPTIONS): Promise<WriteResult> {
    return this.#call('Clear', group, '', options, 'unavailable', (node, call) => node.clear(group, call));
  }

  /** Stops listening for members and closes every connection; calls in flight reject with `unavailable`. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const { settle } of [...this.#waiting]) settle(closed());
    await this.#listening;
    await this.#connections.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #call<T extends Answer | WriteResult>(
    method: 'Get' | 'Set' | 'Delete' | 'Clear',
    group: string,
    key: string,
    options: CallOptions,
    again: Again,
    act: Act<T>,
  ): Promise<T> {
    const { tracing } = this.#options;
    if (tracing === undefined) return this.#ask(key, options, again, act, undefined);
    const subject = { method, group, key };
    return callInSpan(tracing, subject, options, (call, span) => this.#ask(key, call, again, act, span));
  }

  #ask<T>(key: string, options: CallOptions, again: Again, act: Act<T>, span: Span | undefined): Promise<T> {
    if (this.#stopped.signal.aborted) return Promise.reject(closed());
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadline = this.#clock.now() + timeoutMs;
    const question = { key, options, again, act, deadline, span };
    if (this.#ring.size > 0) return this.#attempt(question, timeoutMs, NOBODY);
    return this.#firstList(timeoutMs, { untilUnreachable: true }).then(() =>
      this.#attempt(question, deadline - this.#clock.now(), NOBODY),
    );
  }

  /**
   * Resolves once members are known. A process that has nothing else to do does not end meanwhile.
   * @param untilUnreachable rejects as soon as the source has found nobody to ask, not only when the time is up.
   */
  #firstList(timeoutMs: number, { untilUnreachable }: { untilUnreachable: boolean }): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const settle = (failure?: CacheError) => {
        timer.cancel();
        clearInterval(alive);
        this.#waiting.delete(waiting);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      const none = () =>
        settle(this.#whyNone ?? new CacheError('unavailable', 'no members are known: discovery has none'));
      const timer = this.#clock.setTimeout(none, timeoutMs);
      const alive = setInterval(() => {}, ALIVE_MS); // the clock's timers keep no process alive
      const waiting: Waiting = { untilUnreachable, settle };
      this.#waiting.add(waiting);
    });
  }

  /**
   * Asks a member that was not tried yet, and where that one does not answer the next. Every get passes here: no more promises
   * than two.
   */
  #attempt<T>(question: Question<T>, leftMs: number, tried: readonly Member[]): Promise<T> {
    const { key, options, again, act, deadline } = question;
    const member = this.#pick(key, tried);
    if (member === undefined) return Promise.reject(new CacheError('unavailable', 'no members are known'));
    const attempts = again === 'never' ? 1 : (this.#options.attempts ?? DEFAULT_ATTEMPTS);
    const isLast = tried.length + 1 >= Math.min(attempts, this.#ring.size);
    const timeoutMs = Math.max(1, isLast ? leftMs : leftMs * ATTEMPT_SHARE);
    const connection = this.#connections.enter(member);
    question.span?.set(memberAttributes(member));
    const { signal, requestId, trace } = options;
    return act(connection.node, { timeoutMs, signal, requestId, trace }).then(
      (answer) => {
        this.#connections.leave(connection);
        this.#breakers.answered(member.id);
        return answer;
      },
      (error: unknown) => {
        this.#connections.leave(connection);
        const failure = CacheError.from(error);
        const isSilent = nobodyAnswered(failure);
        if (isSilent && !options.signal?.aborted) this.#breakers.failed(member.id);
        const stillLeftMs = deadline - this.#clock.now();
        // The key is slow, not the member. It may come while a second member waits for it, as long as this one had time for.
        const wasOutOfTime = failure.code === 'deadline' && leftMs - stillLeftMs >= timeoutMs * OUT_OF_TIME;
        const anotherMayAnswer =
          isSilent || wasOutOfTime || (again === 'unavailable' && failure.code === 'unavailable');
        if (isLast || !anotherMayAnswer || options.signal?.aborted || stillLeftMs <= 0) throw failure;
        this.#onError(failure);
        return this.#attempt(question, stillLeftMs, [...tried, member]);
      },
    );
  }

  /** A member that was not tried: one that answered of late, if there is such. */
  #pick(key: string, tried: readonly Member[]): Member | undefined {
    if (tried.length === 0 && this.#breakers.size === 0) return this.#balancer.first(this.#ring, key, this.#inFlightTo);
    const left = this.#balancer
      .order(this.#ring, key, this.#inFlightTo)
      .filter((member) => !tried.some(({ id }) => id === member.id));
    return left.find((member) => !this.#breakers.isOpen(member.id)) ?? left[0];
  }

  readonly #inFlightTo = (member: Member): number => this.#connections.inFlightTo(member);

  #listen(): Promise<void> {
    return follow({
      open: (signal) => this.#options.source(signal, this.#unreachable),
      use: (list) => this.#update(list),
      signal: this.#stopped.signal,
      clock: this.#clock,
      onError: this.#onError,
    });
  }

  readonly #unreachable = (failure: CacheError): void => {
    this.#whyNone = failure;
    for (const { untilUnreachable, settle } of [...this.#waiting]) if (untilUnreachable) settle(failure);
  };

  #update(list: MemberList): void {
    // Members that all lost the directory are gone from it, and serve on; to ask nobody would help nobody.
    if (list.members.length === 0 || isSameList(list, this.#list)) return;
    this.#ring = this.#ringOf(list);
    this.#list = list;
    const now = new Map(this.#ring.members.map((member) => [member.id, member]));
    this.#breakers.keep(now);
    this.#connections.keep(now);
    for (const { settle } of [...this.#waiting]) settle();
  }

  #ringOf(list: MemberList): Ring<Member> {
    const said = DIALECTS.find((dialect) => dialect === list.dialect);
    const dialect = said ?? this.#options.dialect;
    const replicas = said === undefined ? this.#options.replicas : list.replicas;
    return Ring.of(list.members, {
      ...(dialect === undefined ? {} : { dialect }),
      ...(replicas === undefined ? {} : { replicas }),
    });
  }
}

function closed(): CacheError {
  return new CacheError('unavailable', 'the client is closed');
}

function isSameList(a: MemberList, b: MemberList): boolean {
  if (a.dialect !== b.dialect || a.replicas !== b.replicas || a.members.length !== b.members.length) return false;
  return a.members.every((member, i) => isDeepStrictEqual(member, b.members[i]));
}
