// One node of the simulated cluster, from its start to its end: the real membership, discovery, groups and peers, over the
// memory network, a link to etcd in memory, and a clock of its own.

import { Group, type GroupOptions, type Member, type Observer, Peers } from '@ringcache/cache-core';
import type { MemoryNetwork, ProcessClock } from '@ringcache/cache-core/testing';
import { type Discovery, storeDiscovery } from '@ringcache/discovery';
import type { MemoryEtcd } from '@ringcache/discovery/testing';
import { Node } from 'ringcache';
import { EtcdLink } from './etcd-link.js';
import type { Settings } from './scenario.js';

export const TTL_MS = 4_000; // of a place in the list; short, so that much happens in a minute
export const PLEDGE_MS = 1_200;
export const CUT_OFF_MS = TTL_MS + 2_000;
const REPLICAS = 16;

export interface ProcessOptions {
  member: Member;
  clock: ProcessClock;
  network: MemoryNetwork;
  etcd: MemoryEtcd;
  random: () => number;
  store: 'heap' | 'slabs';
  settings: Settings;
  /** Versions begin above it: the wall clock at the start, which may have been set back. */
  epoch: number;
  load: NonNullable<GroupOptions['load']>;
  observe: Observer;
  onError: (error: Error) => void;
}

export class Process {
  readonly member: Member;
  readonly clock: ProcessClock;
  readonly link: EtcdLink;
  readonly peers: Peers;
  readonly groups: ReadonlyMap<string, Group>;
  readonly node: Node<object>;
  readonly #discovery: Discovery;
  readonly #unserve: () => void;
  isLeaving = false;

  constructor(options: ProcessOptions) {
    const { member, clock, network, etcd, random, onError } = options;
    this.member = member;
    this.clock = clock;
    this.link = new EtcdLink(etcd.store(), clock, random);
    this.#discovery = storeDiscovery(this.link.store(), { cluster: 'sim', ttlMs: TTL_MS, clock, random, onError });
    const dial = network.dial(member.grpc);
    this.peers = new Peers({
      self: member,
      clock,
      random,
      replicas: REPLICAS,
      handoffMs: options.settings.handoffMs,
      pledgeMs: PLEDGE_MS,
      cutOffMs: CUT_OFF_MS,
      listed: () => this.node.isListed,
      shown: () => this.node.isShown,
      onError,
      dial: (to) => insideOf(clock, dial(to)),
    });
    this.groups = new Map(
      (['db', 'kv'] as const).map((name) => {
        const load = name === 'db' ? options.load : undefined;
        const { epoch, observe, store, settings } = options;
        const limits = limitsOf(name, settings);
        return [name, new Group({ ...limits, name, load, peers: this.peers, clock, random, epoch, observe, store })];
      }),
    );
    this.#unserve = network.serve(member.grpc, this);
    const connect = network.connect(member.grpc);
    this.node = new Node({
      peers: this.peers,
      groups: this.groups,
      typed: {},
      servers: {
        addresses: member,
        dial,
        connect: (to) => insideOf(clock, connect(to)),
        drain: async () => this.#unserve(),
        close: async () => this.#unserve(),
      },
      discovery: this.#discovery,
      budget: undefined,
      clock,
      leaveTimeoutMs: 1_000,
      onRing: undefined,
      onRegistration: undefined,
      onError,
    });
    void this.node.enter(5_000, undefined);
  }

  /** Everything is gone, at once. */
  crash(): void {
    this.clock.kill();
    this.#unserve();
  }

  async leave(): Promise<void> {
    this.isLeaving = true;
    await this.node.leave();
    await this.#discovery.close();
  }
}

/** What means something to a group: one without an origin loads nothing. */
function limitsOf(name: 'db' | 'kv', settings: Settings): Partial<GroupOptions> {
  const { valueBytes: _, kvTtlMs, handoffMs: __, ...limits } = settings;
  if (name === 'db') return limits;
  const { maxBytes, hotTtlMs, hotAfterFetches, flightTimeoutMs, acknowledgeTimeoutMs } = limits;
  return { maxBytes, hotTtlMs, hotAfterFetches, flightTimeoutMs, acknowledgeTimeoutMs, ttlMs: kvTtlMs };
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
