// Nodes that come, go, hang and die, against a real three-member etcd.

import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type EtcdCluster, freePorts, startEtcdCluster } from '@ringcache/infra';

import { get, type NodeProcess, ringOf, startNode, until, untilRings } from './processes.js';
import { report } from './report.js';

const TTL_MS = 5_000;
jest.setTimeout(240_000);

let etcd: EtcdCluster;
const nodes: NodeProcess[] = [];

beforeAll(async () => {
  etcd = await startEtcdCluster({ size: 3 });
  await addNode();
  await addNode();
  await addNode();
  await untilRings(nodes, nodes);
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await etcd?.stop();
});

afterEach(async () => {
  for (const node of nodes.filter((node) => !node.child.running)) nodes.splice(nodes.indexOf(node), 1);
  for (const member of etcd.members) if (!member.running) await member.start();
  while (nodes.length < 3) await addNode();
  await untilRings(nodes, nodes);
});

async function addNode(): Promise<NodeProcess> {
  const [grpcPort, httpPort] = await freePorts(2);
  const loader = new URL('./echo-origin.mjs', import.meta.url).pathname;
  const groups = { echo: { origin: { type: 'module', path: loader } }, notes: { origin: { type: 'none' } } };
  const node = await startNode({
    grpcPort: grpcPort!,
    httpPort: httpPort!,
    etcd: etcd.hosts,
    groups,
    ttl: `${TTL_MS}ms`,
  });
  nodes.push(node);
  await until('the node is ready', async () => (await fetch(`${node.http}/readyz`)).ok, { programs: [node] });
  return node;
}

describe('a ring', () => {
  test('has a node that joins on every member', async () => {
    const before = [...nodes];
    const joined = await addNode();
    // Ready means that it sees itself in the ring, so the others have had the same news for as long as they needed.
    await report({ membership: 'a node joins', ms: await untilRings(before, nodes) });
    expect(await ringOf(joined)).toHaveLength(4);
  });

  test('is without a node that was told to stop, which ends with 0, and no get fails meanwhile', async () => {
    const [leaving, ...others] = nodes as [NodeProcess, ...NodeProcess[]];
    const failures: string[] = [];
    const stopped = new AbortController();
    const asking = others.map(async (node, i) => {
      for (let n = 0; !stopped.signal.aborted; n++) {
        const { status, text } = await get(node, 'echo', `k${i}-${n % 50}`);
        if (status !== 200) failures.push(`${status} ${text}`);
      }
    });
    const ended = leaving.child.kill('SIGTERM');
    await report({ membership: 'a node is told to stop', ms: await untilRings(others, others) });
    await ended;
    stopped.abort();
    await Promise.all(asking);
    expect(leaving.child.exitCode).toBe(0);
    expect(failures).toEqual([]);
  });

  test('is without a node that was killed, whose keys are answered all the while', async () => {
    const [dying, ...others] = nodes as [NodeProcess, ...NodeProcess[]];
    await dying.child.kill('SIGKILL');
    const gone = untilRings(others, others);
    for (const key of ['a', 'b', 'c', 'd', 'e']) expect((await get(others[0]!, 'echo', key)).status).toBe(200);
    await report({ membership: `a node with a TTL of ${TTL_MS} ms is killed`, ms: await gone });
  });

  test('gets a node back that was stopped for twice its TTL, and that has forgotten what it held', async () => {
    const [frozen, ...others] = nodes as [NodeProcess, ...NodeProcess[]];
    const key = await keyServedBy(frozen);
    await frozen.child.kill('SIGSTOP');
    await untilRings(others, others);
    await new Promise((resolve) => setTimeout(resolve, TTL_MS));
    await frozen.child.kill('SIGCONT');
    await untilRings(nodes, nodes);
    expect(frozen.lines.some((line) => line.includes('registration lost'))).toBe(true);
    expect((await get(frozen, 'echo', key)).source).toBe('load');
  });

  test('does not notice that one etcd member is killed', async () => {
    const fingerprints = await Promise.all(nodes.map(fingerprintOf));
    const logged = nodes.map((node) => node.lines.filter((line) => line.includes('ring changed')).length);
    await etcd.members[0]!.kill('SIGKILL');
    const until = performance.now() + TTL_MS * 2;
    while (performance.now() < until) {
      for (const node of nodes) expect((await get(node, 'echo', 'k')).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await Promise.all(nodes.map(fingerprintOf))).toEqual(fingerprints);
    expect(nodes.map((node) => node.lines.filter((line) => line.includes('ring changed')).length)).toEqual(logged);
  });

  test('stays in force while all of etcd is gone for 30 s, no get fails, and it is as before when etcd is back', async () => {
    const OUTAGE_MS = 30_000;
    const fingerprints = await Promise.all(nodes.map(fingerprintOf));
    await Promise.all(etcd.members.map((member) => member.kill('SIGKILL')));
    const back = performance.now() + OUTAGE_MS;
    let gets = 0;
    while (performance.now() < back) {
      for (const node of nodes) expect((await get(node, 'echo', `k${gets++ % 200}`)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await Promise.all(nodes.map(fingerprintOf))).toEqual(fingerprints);
    expect(nodes.every((node) => node.lines.some((line) => line.includes('discovery is out of reach')))).toBe(true);
    await Promise.all(etcd.members.map((member) => member.start()));
    const settled = performance.now() + TTL_MS * 4;
    while (performance.now() < settled) {
      for (const node of nodes) expect((await get(node, 'echo', `k${gets++ % 200}`)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await untilRings(nodes, nodes);
    expect(await Promise.all(nodes.map(fingerprintOf))).toEqual(fingerprints);
  });
});

async function fingerprintOf(node: NodeProcess): Promise<string> {
  const response = await fetch(`${node.http}/v1/admin/members`);
  return ((await response.json()) as { fingerprint: string }).fingerprint;
}

/** A key that the node owns, loaded there. */
async function keyServedBy(node: NodeProcess): Promise<string> {
  for (let i = 0; ; i++) {
    const { servedBy } = await get(node, 'echo', `owned-${i}`);
    if (servedBy === node.id) return `owned-${i}`;
  }
}
