// What a ring that grows, shrinks, and loses a member costs the origin, with ten thousand warm keys.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CacheError } from '@ringcache/cache-core';
import { type Client, createClient } from '@ringcache/client';
import { type EtcdCluster, freePorts, startEtcdCluster } from '@ringcache/infra';

import { type NodeProcess, startNode, until, untilRings } from './processes.js';
import { report } from './report.js';

jest.setTimeout(240_000);

const KEYS = Array.from({ length: 10_000 }, (_, i) => `key-${i}`);
const AT_ONCE = 250;
const ONE_PERCENT = KEYS.length / 100;
const TTL_MS = 10_000; // longer than the loop of a busy node stalls

let etcd: EtcdCluster;
const nodes: NodeProcess[] = [];

beforeAll(async () => {
  etcd = await startEtcdCluster({ size: 1 });
  for (let i = 0; i < 3; i++) await addNode();
  await untilRings(nodes, nodes);
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await etcd?.stop();
});

async function addNode(): Promise<NodeProcess> {
  const [grpcPort, httpPort] = await freePorts(2);
  const loader = new URL('./echo-origin.mjs', import.meta.url).pathname;
  const groups = { echo: { origin: { type: 'module', path: loader, concurrency: 1_000, queue: 20_000 }, hotTtl: 0 } };
  const node = await startNode({
    grpcPort: grpcPort!,
    httpPort: httpPort!,
    etcd: etcd.hosts,
    groups,
    ttl: `${TTL_MS}ms`,
    handoff: '20s', // longer than a busy machine takes to ask for every key
    settings: { shutdown: { timeout: '60s' } },
    env: { LOG_LEVEL: 'warn' },
  });
  nodes.push(node);
  await until('the node is ready', async () => (await fetch(`${node.http}/readyz`)).ok, { programs: [node] });
  return node;
}

/** Gets every key through the members that are there now. */
async function getAll(): Promise<void> {
  const client: Client = createClient({ nodes: nodes.map((node) => node.id) });
  try {
    await client.ready();
    for (let i = 0; i < KEYS.length; i += AT_ONCE) {
      const keys = KEYS.slice(i, i + AT_ONCE);
      const answers = await client.getMany('echo', keys);
      const texts = answers.map((answer) => (answer instanceof CacheError ? answer.code : text(answer.value)));
      expect(texts).toEqual(keys.map((key) => `value of ${key}`));
    }
  } finally {
    await client.close();
  }
}

function text(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

async function loadsOf(node: NodeProcess): Promise<number> {
  const text = await (await fetch(`${node.http}/metrics`)).text();
  return Number(/^ringcache_loads_total\{group="echo"\} (\d+)$/m.exec(text)![1]);
}

/** Loads that `act` and a get of every key afterwards cost, over the nodes that are left. */
async function costOf(what: string, act: () => Promise<unknown>): Promise<number> {
  const before = new Map<NodeProcess, number>();
  for (const node of nodes) before.set(node, await loadsOf(node));
  await act();
  await getAll();
  let cost = 0;
  for (const node of nodes) cost += (await loadsOf(node)) - (before.get(node) ?? 0);
  await report({ scaling: what, keys: KEYS.length, loads: cost });
  return cost;
}

test('a cold cluster loads each key once', async () => {
  expect(await costOf('a cold cluster', async () => {})).toBe(KEYS.length);
});

test('a member that joins costs the origin at most 1 % of the keys', async () => {
  const cost = await costOf('a fourth member joins', async () => {
    await addNode();
    await untilRings(nodes, nodes);
  });
  expect(cost).toBeLessThanOrEqual(ONE_PERCENT);
});

test('a member that is told to stop costs the origin at most 1 % of the keys', async () => {
  const [leaving] = nodes.splice(0, 1) as [NodeProcess];
  let ended: Promise<void> | undefined;
  const cost = await costOf('one leaves by SIGTERM', async () => {
    ended = leaving.stop();
    await untilRings(nodes, nodes);
  });
  await ended;
  expect(leaving.child.exitCode).toBe(0);
  expect(cost).toBeLessThanOrEqual(ONE_PERCENT);
});

test('a member that is killed costs the origin at most its own keys', async () => {
  const [dying, ...others] = nodes as [NodeProcess, ...NodeProcess[]];
  const text = await (await fetch(`${dying.http}/metrics`)).text();
  const owned = Number(/^ringcache_main_entries\{group="echo"\} (\d+)$/m.exec(text)![1]);
  await dying.child.kill('SIGKILL');
  nodes.splice(0, 1);
  const cost = await costOf('one dies by kill -9', () => untilRings(others, others));
  expect(cost).toBeLessThanOrEqual(owned);
  expect(cost).toBeGreaterThan(0);
});
