import type { Dialect } from '@ringcache/hashring';

import type { Loader } from '../contracts.js';
import { Group } from '../group.js';
import type { GroupOptions } from '../group-options.js';
import type { Member } from '../member.js';
import type { CacheNode } from '../node.js';
import { Peers } from '../peers.js';
import { ManualClock } from './manual-clock.js';
import { MemoryNetwork } from './memory-network.js';
import { seededRandom } from './random.js';

const CLOSES_WITHIN_MS = 2_000;

export interface TestClusterOptions {
  size: number;
  /** Groups of every node, by name; limits may be left out. */
  groups: Record<
    string,
    Partial<Omit<GroupOptions, 'name' | 'load' | 'peers' | 'clock' | 'random'>> & { load?: Loader }
  >;
  seed?: number;
  dialect?: Dialect;
  /** Default: as with {@link Peers}. */
  handoffMs?: number;
  /**
   * Whether members exchange views, and so have to be given some time to find each other. Default false: each is taken for
   * granted, for tests of other things.
   */
  exchanges?: boolean;
  /** Default: few, so that rings are quick to make. */
  replicas?: number;
}

export interface TestNode extends CacheNode {
  readonly member: Member;
  /** Refuses all calls, as a process that died. */
  kill(): void;
}

/** Whole nodes in one process, on the memory network and the manual clock. */
export class TestCluster {
  readonly clock = new ManualClock();
  readonly network: MemoryNetwork;
  readonly nodes: TestNode[];
  readonly #options: TestClusterOptions;
  readonly #random: () => number;
  #starts = 0;

  constructor(options: TestClusterOptions) {
    const random = seededRandom(options.seed ?? 1);
    this.#options = options;
    this.#random = random;
    this.network = new MemoryNetwork({ clock: this.clock, random });
    const members = Array.from({ length: options.size }, (_, i): Member => {
      const id = `node-${i + 1}`;
      return { id, grpc: `${id}:9999`, http: `${id}:8080`, weight: 1 };
    });
    this.nodes = members.map((member) => this.#start(member, options, random));
    for (const node of this.nodes) node.peers.update(members);
  }

  /** Gives every node the same list of members. */
  updateAll(nodes: readonly TestNode[]): void {
    const members = nodes.map((node) => node.member);
    for (const node of this.nodes) node.peers.update(members);
  }

  /** Takes a node down and puts a new one in its place, which knows nothing, and no other member yet. */
  restart(index: number): TestNode {
    const before = this.nodes[index]!;
    before.kill();
    for (const group of before.groups.values()) group.close();
    void before.peers.close();
    const node = this.#start(before.member, this.#options, this.#random);
    this.nodes[index] = node;
    return node;
  }

  /** Node, its group: the first of the cluster's nodes unless said. */
  group(name: string, index = 0): Group {
    return this.nodes[index]!.groups.get(name)!;
  }

  /** The index of the node that owns the key, by the first node's ring. */
  ownerOf(key: string): number {
    const { id } = this.nodes[0]!.peers.ring.owner(key);
    return this.nodes.findIndex((node) => node.member.id === id);
  }

  /** A key that the node owns: `key-<i>` for the least i there is. */
  keyOwnedBy(index: number): string {
    for (let i = 0; ; i++) if (this.ownerOf(`key-${i}`) === index) return `key-${i}`;
  }

  async close(): Promise<void> {
    for (const node of this.nodes) for (const group of node.groups.values()) group.close();
    const closed = this.nodes.map((node) => node.peers.close());
    await this.clock.advance(CLOSES_WITHIN_MS); // some of them may be paused, or cut off
    await Promise.all(closed);
  }

  #start(member: Member, options: TestClusterOptions, random: () => number): TestNode {
    const peers = new Peers({
      self: member,
      members: [],
      incarnation: `${++this.#starts}`,
      dial: this.network.dial(member.grpc),
      replicas: options.replicas ?? 64,
      clock: this.clock,
      random,
      exchanges: options.exchanges ?? false,
      handoffMs: options.handoffMs,
      dialect: options.dialect,
    });
    const groups = new Map<string, Group>();
    for (const [name, group] of Object.entries(options.groups)) {
      groups.set(name, new Group({ ...group, name, peers, clock: this.clock, random }));
    }
    const kill = this.network.serve(member.grpc, { peers, groups });
    return { member, peers, groups, kill };
  }
}
