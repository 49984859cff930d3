// One node of the simulated cluster, from its start to its end: all that join() makes, over the memory network, a link to etcd
// in memory, and a clock of its own.

import {
  CacheError,
  type CacheNode,
  type Clock,
  type Group,
  type GroupLimits,
  type LimitReport,
  type Loader,
  type Member,
  type Observer,
  type Peers,
} from '@ringcache/cache-core';
import type { MemoryNetwork, ProcessClock } from '@ringcache/cache-core/testing';
import { type StaticDiscovery, storeDiscovery } from '@ringcache/discovery';
import type { MemoryEtcd } from '@ringcache/discovery/testing';
import { bytes, type GroupSpec, type Node } from 'ringcache';
import { joinIn, type Servers, type Surroundings } from 'ringcache/testing';
import { EtcdLink } from './etcd-link.js';
import type { Scenario } from './scenario.js';

const REPLICAS = 16;
const BUDGET_INTERVAL_MS = 1_000; // so that memory moves within a run
const LEAVE_TIMEOUT_MS = 2_000;
const NO_TIME: Clock = { now: () => 0, setTimeout: () => ({ cancel: () => {} }) };

export interface ProcessOptions {
  member: Member;
  clock: ProcessClock;
  network: MemoryNetwork;
  etcd: MemoryEtcd;
  random: () => number;
  /** What each answer of etcd takes more, in ms. */
  etcdSlowMs: () => number;
  scenario: Scenario;
  cluster: string;
  /** undefined: members are those that etcd has. */
  list: StaticDiscovery | undefined;
  /** Versions begin above it: the wall clock at the start, which may have been set back. */
  epoch: number;
  load: Loader;
  observe: Observer;
  onError: (error: Error) => void;
  /** Called when it could not join at all, which nothing that happens to a member excuses. */
  onFailed: (error: Error) => void;
}

export class Process {
  readonly member: Member;
  readonly clock: ProcessClock;
  readonly link: EtcdLink;
  readonly #joined: Promise<Node<object> | undefined>;
  readonly #givesUp = new AbortController();
  readonly #closeDiscovery: () => Promise<void>;
  #core: CacheNode | undefined;
  #unserve = () => {};
  isLeaving = false;

  constructor(options: ProcessOptions) {
    const { member, clock, network, etcd, random, scenario, list, onError } = options;
    const { settings } = scenario;
    this.member = member;
    this.clock = clock;
    this.link = new EtcdLink(etcd.store(), clock, random, options.etcdSlowMs);
    const { registrationMs: ttlMs, grantMs, handoffMs } = settings;
    const linked = { cluster: options.cluster, ttlMs, clock, random, onError };
    const discovery = list ?? storeDiscovery(this.link.store(), linked);
    this.#closeDiscovery = () => discovery.close();
    const joined = joinIn(
      {
        id: member.id,
        grpc: member.grpc,
        weight: member.weight,
        cluster: options.cluster,
        dialect: scenario.dialect,
        ...(scenario.hasBudget && { budgetBytes: 2 * settings.maxBytes, budgetIntervalMs: BUDGET_INTERVAL_MS }),
        groups: { db: specOf('db', options), kv: specOf('kv', options) },
        discovery,
        replicas: REPLICAS,
        grantMs,
        handoffMs,
        leaveTimeoutMs: LEAVE_TIMEOUT_MS,
        signal: this.#givesUp.signal,
        clock,
        observe: options.observe,
        onError,
      },
      {
        random,
        incarnation: Math.floor(random() * 2 ** 48).toString(36),
        startServers: this.#startServers(network),
        processClock: NO_TIME,
      },
    );
    this.#joined = joined.catch((error: unknown) => {
      if (!this.#givesUp.signal.aborted) options.onFailed(CacheError.from(error));
      return undefined;
    });
  }

  /** undefined: it is starting. */
  get peers(): Peers | undefined {
    return this.#started()?.peers;
  }

  /** What grows with what is asked, and with members that come and go. */
  limits(): LimitReport[] {
    const core = this.#started();
    if (core === undefined) return [];
    return [...core.peers.limits(), ...[...core.groups.values()].flatMap((group) => group.limits())];
  }

  isNode(node: CacheNode): boolean {
    return node === this.#core;
  }

  get groups(): ReadonlyMap<string, Group> {
    return this.#started()?.groups ?? new Map();
  }

  /** Everything is gone, at once. */
  crash(): void {
    this.clock.kill();
    this.#unserve();
  }

  async leave(): Promise<void> {
    this.isLeaving = true;
    this.#givesUp.abort(); // means something only while it joins
    const node = await this.#joined;
    await node?.leave();
    await this.#closeDiscovery();
  }

  #started(): CacheNode | undefined {
    try {
      return this.#core && { peers: this.#core.peers, groups: this.#core.groups };
    } catch {
      return undefined; // it says so itself
    }
  }

  #startServers(network: MemoryNetwork): Surroundings['startServers'] {
    const { clock, member } = this;
    return async (node, { cluster }): Promise<Servers> => {
      const unserve = network.serve(member.grpc, node);
      this.#unserve = unserve;
      this.#core = node;
      const dial = network.dial(member.grpc, cluster);
      const connect = network.connect(member.grpc);
      return {
        addresses: member,
        dial: (to) => insideOf(clock, dial(to)),
        connect: (to) => insideOf(clock, connect(to)),
        admin: () => {
          throw new CacheError('internal', 'nobody operates a simulated member');
        },
        drain: async () => unserve(),
        close: async () => unserve(),
      };
    };
  }
}

/** What means something to a group: one without an origin loads nothing. */
function specOf(name: 'db' | 'kv', { scenario, load, epoch }: ProcessOptions): GroupSpec<Uint8Array> {
  const { settings, store } = scenario;
  const shared = { codec: bytes, store, epoch, ...limitsOf(name, settings) };
  if (name === 'kv') return shared;
  // What the loader itself throws and gives is the database's: the codec is of bytes.
  return { ...shared, load: (key, context) => load(key, context) as Promise<Uint8Array> };
}

function limitsOf(name: 'db' | 'kv', settings: Scenario['settings']): Partial<GroupLimits> {
  const forEver = (ms: number) => (ms === 0 ? Number.POSITIVE_INFINITY : ms); // as scenarios say it
  const { valueBytes: _, kvTtlMs, ttlMs, handoffMs: __, registrationMs: ___, grantMs: ____, ...limits } = settings;
  if (name === 'db') return { ...limits, ttlMs: forEver(ttlMs) };
  const { maxBytes, hotTtlMs, hotAfterFetches, flightTimeoutMs, acknowledgeTimeoutMs } = limits;
  return { maxBytes, hotTtlMs, hotAfterFetches, flightTimeoutMs, acknowledgeTimeoutMs, ttlMs: forEver(kvTtlMs) };
}

/** A client whose answers wait while the process stands still, and never come once it is dead. */
function insideOf<T extends object>(clock: ProcessClock, client: T): T {
  const call =
    (method: (...args: unknown[]) => Promise<unknown>) =>
    (...args: unknown[]) =>
      clock.isAlive ? clock.inside(method.apply(client, args)) : new Promise(() => {});
  return Object.fromEntries(
    Object.entries(client).map(([name, method]) => [name, call(method as (...args: unknown[]) => Promise<unknown>)]),
  ) as T;
}
