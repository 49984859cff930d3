// join() wires one member: its groups, its servers, its peers, and discovery, which tells it who the others are and them
// of it. Servers come first, so that a member is never announced before it can answer.

import { randomBytes } from 'node:crypto';
import {
  CacheError,
  type CacheNode,
  type Clock,
  DEFAULT_CLUSTER,
  Group,
  type GroupLimits,
  type Hears,
  localAdmin,
  type Member,
  type Observer,
  type OnError,
  Peers,
  type RingView,
  shielded,
  shieldedOnError,
  shieldedPredicate,
  systemClock,
  type Tracing,
} from '@ringcache/cache-core';
import {
  isEveryInterface,
  keepsRecord,
  type MemberDiscovery,
  type RegistrationEvent,
  staticDiscovery,
} from '@ringcache/discovery';
import type { Dialect } from '@ringcache/hashring';

import { type BudgetOptions, budgetOf, type Shares, sharesOf } from './budget.js';
import type { Codec } from './codec.js';
import { type OperatorOptions, operatorOf } from './default-operator.js';
import { refuseUnknown } from './known-options.js';
import { Node } from './node.js';
import { Operated } from './operated.js';
import { ProcessMonitor } from './process-monitor.js';
import { type PeerTransport, type ServerOptions, type Servers, startServers } from './servers.js';
import type { TroubleReport } from './trouble-watch.js';
import { bytesLoader, TypedGroup, type TypedLoader } from './typed-group.js';

/** A group: where its values come from, how they become bytes, and its limits. */
export interface GroupSpec<T> extends Partial<{ [K in keyof GroupLimits]: GroupLimits[K] | undefined }> {
  /** Left out: a plain key-value group, which holds what was set. */
  load?: TypedLoader<T> | undefined;
  /**
   * `dump()` and `restore()` of the group in `node.core` may be used: its values do not change, or may be as old as their time
   * to live says, since a process that was away has missed writes. Default false.
   */
  warmRestart?: boolean | undefined;
  /** With `budgetBytes`: what `maxBytes` is never brought below, in bytes. Default: an eighth of where it begins. */
  minBytes?: number | undefined;
  codec: Codec<T>;
}

// The specs of a node have values of different types; each is tied to its own group by name.
// biome-ignore lint/suspicious/noExplicitAny: a GroupSpec is invariant in its type, and `unknown` would refuse every one
export type GroupSpecs = Record<string, GroupSpec<any>>;

export interface JoinOptions<S extends GroupSpecs> extends ServerOptions, BudgetOptions {
  groups: S;
  /** What the ring hashes, unique in the cluster. Default: the gRPC address, or the HTTP one where there is none. */
  id?: string | undefined;
  /** This member's share of the ring against the others'. Default 1. */
  weight?: number | undefined;
  /** Members of one cluster take each other for members, any other is refused. Default: the discovery's, or `default`. */
  cluster?: string | undefined;
  /** How the members find each other; stays the caller's to close. Default: this member is alone. */
  discovery?: MemberDiscovery | undefined;
  /**
   * How long the word of another member, or of the directory, for this member's view of the ring lasts, in ms: as long it takes
   * until a silent member is noticed. The same on every member; at least 4 times what a message takes. Default 2,000.
   */
  grantMs?: number | undefined;
  /**
   * For how long a silent member that the directory still lists stays in the ring, in ms; the same on every member. Default: three
   * times the discovery's TTL.
   */
  graceMs?: number | undefined;
  /**
   * For how long a member waits that finds neither a ring nor others in the directory, before it makes a ring, in ms: others may
   * have one, and be cut off. Default: the discovery's TTL.
   */
  firstViewAfterMs?: number | undefined;
  /** What members speak to each other. Default `grpc`, which batches. With the dialect `groupcache`, `http` is Go's own. */
  peerTransport?: PeerTransport | undefined;
  /** How the ring hashes; the same on every member. Default `ringcache`. */
  dialect?: Dialect | undefined;
  replicas?: number | undefined;
  /**
   * For how long after a change of the ring members ask the owners before it, ahead of the origin, and a member that leaves
   * stays to answer, in ms. Default 10,000; 0: not at all.
   */
  handoffMs?: number | undefined;
  /**
   * How long join() waits to see itself in the ring, in ms; then it resolves all the same. Default 5,000; with a directory 2,500
   * more than `firstViewAfterMs`, if that is longer.
   */
  joinTimeoutMs?: number | undefined;
  /** How long leave() waits for the other members to know, in ms. Default 2,000. */
  leaveTimeoutMs?: number | undefined;
  /**
   * Called once the servers answer, before join() waits to see itself in the ring: for what has to be there from the first moment,
   * such as probes. What it throws ends the join.
   */
  onServing?: ((node: Node<object>) => void) | undefined;
  /** Ends the wait of join(), which then rejects, having stopped what it started. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
  /**
   * What this program tells an operator who asks the member, and does at an operator's word, where that is not as join() has it:
   * a drain is a leave(), and a log level and a configuration are not known here.
   */
  operator?: OperatorOptions | undefined;
  /** Hears every step of every request. Default: nobody. */
  observe?: Observer | undefined;
  /** Of which steps it hears, asked at each: without `received` and `hit`, hits are cheap. Default: of all. */
  hears?: Hears | undefined;
  /** Records requests as spans, such as `openTracing` of `@ringcache/tracing` makes it; stays the caller's to close. Default: nobody. */
  tracing?: Tracing | undefined;
  /** Hears of every ring, the first included. */
  onRing?: ((view: RingView) => void) | undefined;
  /** Hears how this member's registration fares. */
  onRegistration?: ((event: RegistrationEvent) => void) | undefined;
  /**
   * Called when something has kept members from each other, or this one from the ring, for three seconds, and when it is over.
   * Default: nobody.
   */
  onTrouble?: ((report: TroubleReport) => void) | undefined;
  /** Called when all that this member held is dropped, as it was cut off for so long that it may have missed writes. */
  onIsolated?: (() => void) | undefined;
  /** Hears of failures that no caller waits for. Default: nobody. */
  onError?: OnError | undefined;
}

export type GroupsOf<S extends GroupSpecs> = {
  readonly [K in keyof S]: S[K] extends GroupSpec<infer T> ? TypedGroup<T> : never;
};

const DEFAULT_JOIN_TIMEOUT_MS = 5_000;

/**
 * Makes this process a member of a ring of caches.
 * @throws {CacheError} `invalid_argument`; {RangeError} for a limit; the system's error for an address that is taken.
 */
export function join<S extends GroupSpecs>(options: JoinOptions<S>): Promise<Node<GroupsOf<S>>> {
  const incarnation = randomBytes(9).toString('base64url');
  return joinIn(options, { startServers, random: Math.random, incarnation, processClock: systemClock });
}

/** What a member takes from its surroundings, beside the clock. */
export interface Surroundings {
  startServers: typeof startServers;
  random: () => number;
  incarnation: string;
  /** By which the process itself is watched. */
  processClock: Clock;
}

/** {@link join} in other surroundings than a process of its own, such as a simulated network. Errors as with it. */
export async function joinIn<S extends GroupSpecs>(
  given: JoinOptions<S>,
  { startServers, random, incarnation, processClock }: Surroundings,
): Promise<Node<GroupsOf<S>>> {
  given.signal?.throwIfAborted();
  refuseUnknown(given);
  refuseUnreachable(given);
  const options = withShieldedCallbacks(given);
  const starting = new StartingNode();
  const clock = options.clock ?? systemClock;
  const monitor = new ProcessMonitor({ clock: processClock });
  let node: Node<GroupsOf<S>> | undefined;
  const operator = operatorOf({ given: options.operator ?? {}, node: () => node, clock, monitor });
  const admin = localAdmin(starting, operator);
  let servers: Servers | undefined;
  let peers: Peers | undefined;
  const groups = new Map<string, Group>();
  try {
    const cluster = clusterOf(options);
    servers = await startServers(starting, { ...options, cluster }, admin);
    const self = selfOf(options, servers);
    const { onError } = options;
    const discovery = options.discovery ?? staticDiscovery([self]);
    const directory = keepsRecord(discovery)
      ? discovery.views({ onEvent: (event) => options.onRegistration?.(event) })
      : undefined;
    peers = new Peers({
      self,
      incarnation,
      cluster,
      directory,
      members: [], // until discovery has told
      exchanges: !isOfOtherDialect(options),
      dial: servers.dial,
      dialect: options.dialect,
      replicas: options.replicas,
      handoffMs: options.handoffMs,
      grantMs: options.grantMs,
      ttlMs: keepsRecord(discovery) ? discovery.ttlMs : undefined,
      graceMs: options.graceMs,
      anewMs: options.firstViewAfterMs,
      clock,
      random,
      onError,
    });
    const shares = sharesOf(options, options.groups);
    addGroups(groups, options, { shares, peers, clock, random });
    starting.became = { peers, groups };
    const typed = Object.entries(options.groups).map(([name, spec]) => [
      name,
      new TypedGroup(groups.get(name)!, spec.codec),
    ]);
    node = new Node<GroupsOf<S>>({
      peers,
      groups,
      typed: Object.fromEntries(typed) as GroupsOf<S>,
      servers,
      operated: new Operated({ admin, connect: servers.admin, monitor, onError }),
      list: keepsRecord(discovery) ? undefined : discovery,
      budget: budgetOf(options, shares, groups, clock),
      clock,
      leaveTimeoutMs: options.leaveTimeoutMs,
      onRing: options.onRing,
      onRegistration: options.onRegistration,
      onTrouble: options.onTrouble,
      onIsolated: options.onIsolated,
      onError,
    });
    options.onServing?.(node);
    await node.enter(joinTimeoutOf(options), options.signal);
    return node;
  } catch (error) {
    for (const group of groups.values()) group.close();
    await peers?.close();
    monitor.close();
    await servers?.close();
    throw error;
  }
}

/** In an empty cluster a member makes a ring only after a while: a join that did not wait for it would never see one. */
function joinTimeoutOf({ joinTimeoutMs, firstViewAfterMs, discovery }: JoinOptions<GroupSpecs>): number {
  if (joinTimeoutMs !== undefined) return joinTimeoutMs;
  const anewMs = discovery !== undefined && keepsRecord(discovery) ? (firstViewAfterMs ?? discovery.ttlMs) : 0;
  return Math.max(DEFAULT_JOIN_TIMEOUT_MS, anewMs + DEFAULT_JOIN_TIMEOUT_MS / 2);
}

/** Said here and not by discovery, which knows nothing of `listen`. */
function refuseUnreachable(options: ServerOptions): void {
  for (const field of ['grpc', 'http'] as const) {
    const address = options[field];
    if (address === undefined || !isEveryInterface(address)) continue;
    throw new CacheError(
      'invalid_argument',
      `${field}: ${address} is where a server listens, not where others reach it: give this machine's name or address ` +
        `as ${field}, and listen: { ${field}: '${address}' }`,
    );
  }
}

/** What the program is called with must not end a loop or fail a request: what a callback throws goes to `onError`. */
function withShieldedCallbacks<S extends GroupSpecs>(options: JoinOptions<S>): JoinOptions<S> & { onError: OnError } {
  const { observe, hears, onRing, onRegistration, onTrouble, onIsolated } = options;
  const onError = shieldedOnError(options.onError);
  return {
    ...options,
    onError,
    observe: observe && shielded(observe, onError),
    hears: hears && shieldedPredicate(hears, onError),
    onRing: onRing && shielded(onRing, onError),
    onRegistration: onRegistration && shielded(onRegistration, onError),
    onTrouble: onTrouble && shielded(onTrouble, onError),
    onIsolated: onIsolated && shielded(onIsolated, onError),
  };
}

/** Members of golang/groupcache's own wire know of no views. */
function isOfOtherDialect({ dialect, peerTransport }: JoinOptions<GroupSpecs>): boolean {
  return dialect === 'groupcache' && peerTransport === 'http';
}

function clusterOf({ cluster, discovery }: JoinOptions<GroupSpecs>): string {
  const ofDiscovery = discovery !== undefined && keepsRecord(discovery) ? discovery.cluster : undefined;
  if (cluster !== undefined && ofDiscovery !== undefined && cluster !== ofDiscovery) {
    throw new CacheError(
      'invalid_argument',
      `the member is of cluster ${cluster}, and its discovery of ${ofDiscovery}: give both the same, or the member none`,
    );
  }
  return cluster ?? ofDiscovery ?? DEFAULT_CLUSTER;
}

function selfOf(options: JoinOptions<GroupSpecs>, servers: Servers): Member {
  const { grpc, http } = servers.addresses;
  const id = options.id ?? (grpc === '' ? http : grpc);
  if (id === '') throw new CacheError('invalid_argument', 'a member needs an id, or an address to take as one');
  return { id, grpc, http, weight: options.weight ?? 1 };
}

/** One by one: those made before one that fails are there to be closed. */
function addGroups(
  groups: Map<string, Group>,
  options: JoinOptions<GroupSpecs>,
  { shares, peers, clock, random }: { shares: Shares | undefined; peers: Peers; clock: Clock; random: () => number },
): void {
  for (const [name, { load, codec, minBytes: _, ...limits }] of Object.entries(options.groups)) {
    const group = new Group({
      ...limits,
      maxBytes: shares?.get(name)?.maxBytes ?? limits.maxBytes,
      epoch: limits.epoch ?? Date.now(),
      name,
      load: load === undefined ? undefined : bytesLoader(load, codec),
      peers,
      clock,
      random: random === Math.random ? undefined : random, // with chance from outside, hashes are too
      observe: options.observe,
      hears: options.hears,
      tracing: options.tracing,
    });
    groups.set(name, group);
  }
}

/** What the servers serve until the ports that they got have given this member its name. */
class StartingNode implements CacheNode {
  became: CacheNode | undefined;

  get peers(): Peers {
    return this.#node().peers;
  }

  get groups(): ReadonlyMap<string, Group> {
    return this.#node().groups;
  }

  #node(): CacheNode {
    if (this.became === undefined) throw new CacheError('unavailable', 'this member is starting');
    return this.became;
  }
}
