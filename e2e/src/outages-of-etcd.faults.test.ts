// The loss of etcd alone costs nothing, and one silent member costs only what it owns. With the settings that are shipped, on
// real processes, for a group without an origin: whatever a member drops is gone.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Directory, type Discovery, etcdDiscovery } from '@ringcache/discovery';
import { type EtcdCluster, freePorts, startEtcdCluster } from '@ringcache/infra';
import * as kv from '@ringcache/infra/testing/etcd-kv';

import { GROUP, NotesLoad, type NotesTally } from './notes-load.js';
import { type NodeProcess, run, startNode, until, untilRings } from './processes.js';

const TTL_MS = 10_000;
const OUTAGE_MS = 60_000;
const KEYS = Array.from({ length: 300 }, (_, i) => `note-${i}`);

jest.setTimeout(400_000);

let dataDir: string;
let etcd: EtcdCluster;
let discovery: Discovery & Directory;
let nodes: NodeProcess[] = [];
let load: NotesLoad;
let isolationsBefore: number[];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ringcache-e2e-etcd-'));
  etcd = await startEtcdCluster({ size: 1, dataDir });
  discovery = etcdDiscovery({ hosts: etcd.hosts, cluster: 'e2e' });
});

afterAll(async () => {
  await discovery?.close();
  await etcd?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  const ports = await freePorts(6);
  nodes = await Promise.all(
    [0, 2, 4].map((i) =>
      startNode({
        grpcPort: ports[i]!,
        httpPort: ports[i + 1]!,
        etcd: etcd.hosts,
        ttl: `${TTL_MS}ms`,
        firstViewAfter: `${TTL_MS}ms`,
        handoff: '10s',
        groups: { [GROUP]: { origin: { type: 'none' }, hotAfterFetches: 1 } },
        settings: { shutdown: { timeout: '60s' } },
      }),
    ),
  );
  await untilSettled();
  load = new NotesLoad(nodes, KEYS);
  for (const [i, key] of KEYS.entries()) {
    const isAcknowledged = async () => (await load.set(nodes[i % nodes.length]!, key)).applied === 'all';
    await until(`${key} is set`, isAcknowledged, { programs: nodes });
  }
  isolationsBefore = await isolations();
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});

/** All rings are whole, and etcd has every member: a ring that was kept through an outage says nothing of that. */
async function untilSettled(): Promise<void> {
  await untilRings(nodes, nodes);
  await until('every member is registered', async () => (await discovery.list()).length === nodes.length, {
    programs: nodes,
  });
}

function isolations(of = nodes): Promise<number[]> {
  return Promise.all(
    of.map(async (node) => {
      const text = await (await fetch(`${node.http}/metrics`)).text();
      return Number(/^ringcache_isolations_total (\d+)$/m.exec(text)![1]);
    }),
  );
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function expectNothingLost(tally: NotesTally): void {
  expect(tally.examples).toEqual([]);
  expect(tally).toMatchObject({ lost: 0, wrong: 0, failedWrites: 0, partial: 0 });
  expect(tally.gets).toBeGreaterThan(KEYS.length);
}

describe('without etcd, or its data, no key is lost, none is old, and no write fails', () => {
  const member = () => etcd.members[0]!;

  test.each<[string, () => Promise<void>]>([
    [
      'as it is killed, and started again with its data',
      async () => {
        await member().kill('SIGKILL');
        await pause(OUTAGE_MS);
        await member().start();
      },
    ],
    [
      'as it stands still, and goes on',
      async () => {
        await member().kill('SIGSTOP');
        await pause(OUTAGE_MS);
        await member().kill('SIGCONT');
      },
    ],
    [
      'as it is killed, loses its data, and is started again',
      async () => {
        await member().kill('SIGKILL');
        await rm(join(dataDir, member().name), { recursive: true });
        await pause(OUTAGE_MS);
        await member().start();
      },
    ],
    [
      'as it loses its data from one moment to the next',
      async () => {
        await member().kill('SIGKILL');
        await rm(join(dataDir, member().name), { recursive: true });
        await member().start();
      },
    ],
  ])('%s', async (what, outage) => {
    const tally = await load.during(`etcd: ${what}`, async () => {
      await outage();
      await untilSettled();
      await pause(2 * TTL_MS); // whatever is thought to be lapsed or forgotten would be acted upon by now
    });
    expectNothingLost(tally);
    expectNothingLost(await load.readAll());
    expect(await isolations()).toEqual(isolationsBefore);
    for (const node of nodes) {
      const { applied } = await load.set(node, KEYS[0]!);
      expect(applied).toBe('all');
    }
  });
});

describe('a member that is silent costs the others only what it owns', () => {
  /** What an operator, or a process that hangs but for its way to etcd, leaves behind: an entry that does not lapse. */
  test.each<[string, (frozen: NodeProcess) => Promise<void>]>([
    [
      'while the registrar puts an entry without a lease in its place',
      async ({ id, http }) => {
        const address = http.replace('http://', '');
        const flags = ['--grpc', id, '--http', address, '--cluster', 'e2e', '--etcd', etcd.hosts[0]!, '--force'];
        const registrar = run('registrar', ['put', id, ...flags]);
        await registrar.child.exited;
        expect([registrar.child.exitCode, registrar.lines]).toEqual([0, expect.anything()]);
      },
    ],
    [
      'while its registration stays in force without it',
      async ({ id }) => {
        const key = `clusters/e2e/${id}`;
        await kv.put(etcd.hosts[0]!, key, (await kv.get(etcd.hosts[0]!, key))!); // the same, without its lease
      },
    ],
  ])('%s', async (what, keepListed) => {
    const [frozen, ...others] = nodes as [NodeProcess, ...NodeProcess[]];
    const owners = await Promise.all(KEYS.map((key) => ownerOf(others[0]!, key)));
    const theirs = new NotesLoad(
      nodes,
      KEYS.filter((_, i) => owners[i] !== frozen.id),
    );
    for (const key of theirs.keys) expect((await theirs.set(others[0]!, key)).applied).toBe('all');
    await frozen.child.kill('SIGSTOP');
    await keepListed(frozen);
    // Told of it at first, and of nobody else; then nobody counts on it any more.
    const first = await theirs.set(others[0]!, theirs.keys[0]!, 5_000);
    expect(first).toEqual({ status: 200, applied: 'partial', missing: [frozen.id] });
    const tally = await theirs.during(
      `a silent member, ${what}`,
      async () => {
        await until('all of its grants have lapsed', async () => {
          const results = await Promise.all(
            theirs.keys.slice(-20).map((key, i) => theirs.set(others[i % 2]!, key, 5_000)),
          );
          expect(results.map(({ status }) => status)).toEqual(results.map(() => 200));
          return results.every(({ applied }) => applied === 'all');
        });
        await untilRings(others, others);
        await pause(TTL_MS);
      },
      others,
    );
    expect(tally.examples.filter((example) => !example.startsWith('partial'))).toEqual([]);
    expect(tally).toMatchObject({ lost: 0, wrong: 0, failedWrites: 0 });
    expectNothingLost(await theirs.readAll(others));
    expect(await isolations(others)).toEqual(isolationsBefore.slice(1));
    await frozen.child.kill('SIGCONT');
    await untilSettled();
    const moved = await theirs.readAll(); // the member that is back takes over what it owns, from those that have it
    expectNothingLost(moved);
  });
});

async function ownerOf(node: NodeProcess, key: string): Promise<string> {
  const response = await fetch(`${node.http}/v1/admin/owner?key=${key}`);
  return ((await response.json()) as { owner: { id: string } }).owner.id;
}
