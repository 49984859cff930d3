// What callers see while the system is hurt: no wrong answer, and no failure but where nobody could know the answer.

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CacheError } from '@ringcache/cache-core';
import { type Client, createClient } from '@ringcache/client';
import { type Directory, type Discovery, etcdDiscovery } from '@ringcache/discovery';
import { type EtcdCluster, freePorts, type Postgres, startEtcdCluster, startPostgres } from '@ringcache/infra';

import {
  get,
  type NodeOptions,
  type NodeProcess,
  type Program,
  run,
  startNode,
  until,
  untilRings,
} from './processes.js';

jest.setTimeout(180_000);

let etcd: EtcdCluster;
let postgres: Postgres;
let origin: Program;
let discovery: Discovery & Directory;
const setups: NodeOptions[] = [];
const nodes: NodeProcess[] = [];

beforeAll(async () => {
  [etcd, postgres] = await Promise.all([startEtcdCluster({ size: 1 }), startPostgres()]);
  const [originPort, ...ports] = (await freePorts(7)) as [number, ...number[]];
  const target = `localhost:${originPort}`;
  const listen = ['--listen', target];
  origin = run('apps/student-score/src/main.ts', listen, {
    DATABASE_URL: postgres.url,
    RINGCACHE_DISCOVERY_TYPE: 'static',
  });
  const loader = new URL('./echo-origin.mjs', import.meta.url).pathname;
  const groups = {
    echo: { origin: { type: 'module', path: loader } },
    scores: { origin: { type: 'grpc', target } },
    // Short-lived, but kept for as long as its origin is away.
    kept: { origin: { type: 'grpc', target, group: 'scores', attempts: 1 }, ttl: '1s', hotTtl: 0, staleIfError: '10m' },
  };
  for (let i = 0; i < 3; i++) {
    setups.push({
      grpcPort: ports[2 * i]!,
      httpPort: ports[2 * i + 1]!,
      etcd: etcd.hosts,
      groups,
      ttl: '4s',
      handoff: '1s',
    });
    nodes.push(await startNode(setups[i]!));
  }
  discovery = etcdDiscovery({ hosts: etcd.hosts, cluster: 'e2e' });
  await untilRings(nodes, nodes);
  await until('the origin answers', async () => (await get(nodes[0]!, 'scores', '张三')).status === 200, {
    programs: [origin, ...nodes],
  });
});

afterAll(async () => {
  await discovery?.close();
  await Promise.all([...nodes, ...(origin === undefined ? [] : [origin])].map((program) => program.stop()));
  await Promise.all([etcd?.stop(), postgres?.stop()]);
});

interface Load {
  readonly gets: number;
  readonly wrong: readonly string[];
  readonly failed: readonly string[];
  readonly slowestMs: number;
}

/** Asks for five hundred keys again and again through a client, by eight callers, while `act` runs. */
async function underLoad(act: () => Promise<void>): Promise<Load> {
  const client: Client = createClient({ discovery });
  const load = { gets: 0, wrong: [] as string[], failed: [] as string[], slowestMs: 0 };
  let isOver = false;
  const caller = async (n: number) => {
    for (let i = n; !isOver; i++) {
      const key = `key-${(i * 7) % 500}`;
      const startedAt = performance.now();
      try {
        const text = Buffer.from((await client.get('echo', key)).value).toString();
        if (text !== `value of ${key}`) load.wrong.push(`${key}: ${text}`);
      } catch (error) {
        load.failed.push(`${key}: ${CacheError.from(error).code} ${CacheError.from(error).message}`);
      }
      load.gets++;
      load.slowestMs = Math.max(load.slowestMs, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const callers = Array.from({ length: 8 }, (_, n) => caller(n));
  try {
    await client.ready();
    await act();
  } finally {
    isOver = true;
    await Promise.all(callers);
    await client.close();
  }
  return load;
}

test('a rolling restart of all nodes fails no get', async () => {
  const { gets, wrong, failed } = await underLoad(async () => {
    for (const [i, setup] of setups.entries()) {
      await nodes[i]!.stop();
      expect(nodes[i]!.child.exitCode).toBe(0);
      nodes[i] = await startNode(setup);
      await untilRings(nodes, nodes);
    }
  });
  expect(wrong).toEqual([]);
  expect(failed).toEqual([]);
  expect(gets).toBeGreaterThan(1_000);
});

test('a node that is killed and started again fails no get', async () => {
  const { wrong, failed } = await underLoad(async () => {
    await nodes[1]!.child.kill('SIGKILL');
    await untilRings([nodes[0]!, nodes[2]!], [nodes[0]!, nodes[2]!]);
    nodes[1] = await startNode(setups[1]!);
    await untilRings(nodes, nodes);
  });
  expect(wrong).toEqual([]);
  expect(failed).toEqual([]);
});

test('a member that accepts connections and never answers fails no get', async () => {
  const sockets = new Set<Socket>();
  const hole: Server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
  const grpc = `127.0.0.1:${(hole.address() as AddressInfo).port}`;
  try {
    const { wrong, failed, slowestMs } = await underLoad(async () => {
      await discovery.put({ id: 'black-hole', grpc, http: '', weight: 1 });
      await until('its requests arrive', () => sockets.size > 0);
      await new Promise((resolve) => setTimeout(resolve, 8_000));
    });
    expect(wrong).toEqual([]);
    expect(failed).toEqual([]);
    expect(slowestMs).toBeLessThan(5_000); // the client's own limit
  } finally {
    await discovery.delete('black-hole');
    for (const socket of sockets) socket.destroy();
    hole.close();
    await untilRings(nodes, nodes);
  }
});

test('a database that is down takes only what nobody holds, and that comes back with it', async () => {
  for (const node of nodes) expect((await get(node, 'scores', '1')).status).toBe(200);
  for (const node of nodes) expect((await get(node, 'kept', '2')).status).toBe(200);
  await postgres.kill();
  const until = performance.now() + 20_000;
  let unknown = 0;
  while (performance.now() < until) {
    for (const node of nodes) {
      expect((await get(node, 'scores', '1')).status).toBe(200); // held
      expect((await get(node, 'kept', '2')).status).toBe(200); // expired, and given all the same
    }
    const { status } = await get(nodes[0]!, 'scores', `${100 + unknown++}`);
    expect(status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await postgres.start();
  await untilAnswered('100');
});

async function untilAnswered(key: string): Promise<void> {
  await until(`${key} is answered again`, async () => (await get(nodes[0]!, 'scores', key)).status === 200, {
    programs: [origin, ...nodes],
  });
}
