// Three nodes with the settings that are shipped, and a group without an origin that has 300 keys: whatever a member drops of it
// is gone.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type Directory, type Discovery, etcdDiscovery } from '@ringcache/discovery';
import { type EtcdCluster, freePorts, startEtcdCluster, startTcpProxy, type TcpProxy } from '@ringcache/infra';

import { GROUP, NotesLoad, type NotesTally } from './notes-load.js';
import { type NodeProcess, startNode, until, untilRings } from './processes.js';

export const TTL_MS = 10_000;
export const OUTAGE_MS = 60_000;
export const KEYS = Array.from({ length: 300 }, (_, i) => `note-${i}`);

/** A node whose id says nothing of where it is. */
export interface NotesNode extends NodeProcess {
  readonly grpc: string;
}

export class NotesCluster {
  readonly dataDir: string;
  readonly etcd: EtcdCluster;
  /** The list as an operator sees it, whatever the nodes see. */
  readonly discovery: Discovery & Directory;
  nodes: NotesNode[] = [];
  /** Each node's way to etcd. */
  links: TcpProxy[] = [];
  load!: NotesLoad;
  #isolationsBefore: number[] = [];

  private constructor(dataDir: string, etcd: EtcdCluster) {
    this.dataDir = dataDir;
    this.etcd = etcd;
    this.discovery = etcdDiscovery({ hosts: etcd.hosts, cluster: 'e2e' });
  }

  static async start(): Promise<NotesCluster> {
    const dataDir = await mkdtemp(join(tmpdir(), 'ringcache-e2e-etcd-'));
    return new NotesCluster(dataDir, await startEtcdCluster({ size: 1, dataDir }));
  }

  /** Starts the nodes, and sets every key. */
  async begin(): Promise<void> {
    const ports = await freePorts(6);
    const host = this.etcd.hosts[0]!.replace(/^http:\/\//, '');
    this.links = await Promise.all([0, 1, 2].map(() => startTcpProxy(host)));
    this.nodes = await Promise.all(this.links.map((_, i) => this.startNode(i, [ports[2 * i]!, ports[2 * i + 1]!])));
    await this.untilSettled();
    this.load = new NotesLoad(this.nodes, KEYS);
    for (const [i, key] of KEYS.entries()) {
      const isAcknowledged = async () => (await this.load.set(this.nodes[i % 3]!, key)).applied === 'all';
      await until(`${key} is set`, isAcknowledged, { programs: this.nodes });
    }
    this.#isolationsBefore = await this.isolations();
  }

  async startNode(i: number, [grpcPort, httpPort]: readonly [number, number]): Promise<NotesNode> {
    const id = `notes-${i}`;
    const node = await startNode({
      grpcPort,
      httpPort,
      etcd: [this.links[i]!.address],
      ttl: `${TTL_MS}ms`,
      firstViewAfter: `${TTL_MS}ms`,
      handoff: '10s',
      groups: { [GROUP]: { origin: { type: 'none' }, hotAfterFetches: 1 } },
      settings: { member: { cluster: 'e2e', id }, shutdown: { timeout: '60s' } },
    });
    return { ...node, id, grpc: node.id };
  }

  /** Stops the nodes; the next ones begin with what etcd holds. */
  async end(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await Promise.all(this.links.map((link) => link.close()));
  }

  async stop(): Promise<void> {
    await this.discovery.close();
    await this.etcd.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** All rings are whole, and etcd has every member: a ring that was kept through an outage says nothing of that. */
  async untilSettled(): Promise<void> {
    await untilRings(this.nodes, this.nodes);
    const isRegistered = async () => (await this.discovery.list()).length === this.nodes.length;
    await until('every member is registered', isRegistered, { programs: this.nodes });
  }

  isolations(of = this.nodes): Promise<number[]> {
    return Promise.all(
      of.map(async (node) => {
        const text = await (await fetch(`${node.http}/metrics`)).text();
        return Number(/^ringcache_isolations_total (\d+)$/m.exec(text)![1]);
      }),
    );
  }

  /** Nothing was dropped since {@link begin}, by any of these. */
  async expectNoIsolation(of = this.nodes): Promise<void> {
    const before = this.nodes.map((node, i) => [node, this.#isolationsBefore[i]!] as const);
    const wanted = of.map((node) => before.find(([each]) => each === node)![1]);
    expect(await this.isolations(of)).toEqual(wanted);
  }
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function expectNothingLost(tally: NotesTally): void {
  expect(tally.examples).toEqual([]);
  expect(tally).toMatchObject({ lost: 0, wrong: 0, failedWrites: 0, partial: 0 });
  expect(tally.gets).toBeGreaterThan(KEYS.length);
}

/** What has to hold after an outage of etcd, or of the ways to it. */
export async function expectNoHarm(cluster: NotesCluster, what: string, outage: () => Promise<void>): Promise<void> {
  const { load, nodes } = cluster;
  const tally = await load.during(`etcd: ${what}`, async () => {
    await outage();
    await cluster.untilSettled();
    await pause(2 * TTL_MS); // whatever is thought to be lapsed or forgotten would be acted upon by now
  });
  expectNothingLost(tally);
  expectNothingLost(await load.readAll());
  await cluster.expectNoIsolation();
  for (const node of nodes) expect((await load.set(node, KEYS[0]!)).applied).toBe('all');
}
