// Ways to etcd that are slow, or cut for some, cost nothing; a member that is silent costs what it owns; and one that comes back
// elsewhere is found there. With the settings that are shipped, on real processes.

import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { freePorts } from '@ringcache/infra';

import {
  expectNoHarm,
  expectNothingLost,
  KEYS,
  NotesCluster,
  type NotesNode,
  OUTAGE_MS,
  pause,
  TTL_MS,
} from './notes-cluster.js';
import { NotesLoad } from './notes-load.js';
import { type NodeProcess, run, until, untilRings } from './processes.js';

jest.setTimeout(400_000);

let cluster: NotesCluster;

beforeAll(async () => {
  cluster = await NotesCluster.start();
});
afterAll(() => cluster?.stop());
beforeEach(() => cluster.begin());
afterEach(() => cluster.end());

test('while etcd is slow by 2 s, no key is lost, none is old, and no write fails', () => {
  return expectNoHarm(cluster, 'is slow by 2 s', async () => {
    for (const link of cluster.links) link.delayMs = 1_000; // each way
    await pause(OUTAGE_MS);
    for (const link of cluster.links) link.delayMs = 0;
  });
});

test('while etcd is away for all, and back for all but one, no key is lost, none is old, and no write fails', () => {
  return expectNoHarm(cluster, 'is away for all, and back for all but one', async () => {
    for (const link of cluster.links) link.mode = 'black-hole';
    await until('all registrations have run out', async () => (await cluster.discovery.list()).length === 0);
    for (const link of cluster.links.slice(1)) link.mode = 'pass';
    await pause(OUTAGE_MS);
    cluster.links[0]!.mode = 'pass';
  });
});

test('a member that hangs, and stays listed for ever, costs the others only what it owns', async () => {
  const [frozen, ...others] = cluster.nodes as [NotesNode, ...NotesNode[]];
  const owners = await Promise.all(KEYS.map((key) => ownerOf(others[0]!, key)));
  const ofOthers = KEYS.filter((_, i) => owners[i] !== 'notes-0');
  const theirs = new NotesLoad(cluster.nodes, ofOthers);
  for (const key of theirs.keys) expect((await theirs.set(others[0]!, key)).applied).toBe('all');
  await frozen.child.kill('SIGSTOP');
  const flags = ['--grpc', frozen.grpc, '--http', frozen.http.replace('http://', ''), '--cluster', 'e2e', '--force'];
  const registrar = run('registrar', ['put', 'notes-0', ...flags, '--etcd', cluster.etcd.hosts[0]!]);
  await registrar.child.exited;
  expect([registrar.child.exitCode, registrar.lines]).toEqual([0, expect.anything()]);
  const tally = await theirs.during(
    'a member that hangs, and stays listed',
    async () => {
      await until('all of its grants have lapsed', async () => {
        const some = theirs.keys.slice(-20).map((key, i) => theirs.set(others[i % 2]!, key, 5_000));
        const results = await Promise.all(some);
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
  await cluster.expectNoIsolation(others);
  await frozen.child.kill('SIGCONT');
  await cluster.untilSettled();
  expectNothingLost(await theirs.readAll()); // the member that is back takes over what it owns, from those that have it
});

test('a member that is back under its id at another address is asked there, and owns its keys again', async () => {
  const [moving, ...others] = cluster.nodes as [NotesNode, ...NotesNode[]];
  const owners = await Promise.all(KEYS.map((key) => ownerOf(others[0]!, key)));
  const its = KEYS.filter((_, i) => owners[i] === 'notes-0');
  await moving.child.kill('SIGKILL');
  const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
  const moved = await cluster.startNode(0, [grpcPort, httpPort]);
  cluster.nodes[0] = moved;
  await cluster.untilSettled();
  const load = new NotesLoad(cluster.nodes, its);
  for (const [i, key] of its.entries()) {
    const isWritten = async () => (await load.set(others[i % 2]!, key)).applied === 'all';
    await until(`${key} is written`, isWritten, { programs: cluster.nodes });
  }
  expectAll(await load.readAll(), its.length);
  expect(await Promise.all(its.map((key) => ownerOf(others[1]!, key)))).toEqual(its.map(() => 'notes-0'));
});

function expectAll({ lost, wrong, gets }: { lost: number; wrong: number; gets: number }, keys: number): void {
  expect({ lost, wrong, gets }).toEqual({ lost: 0, wrong: 0, gets: 3 * keys });
}

async function ownerOf(node: NodeProcess, key: string): Promise<string> {
  const response = await fetch(`${node.http}/v1/admin/owner?key=${key}`);
  return ((await response.json()) as { owner: { id: string } }).owner.id;
}
