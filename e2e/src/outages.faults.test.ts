// What callers see while the system is hurt: no wrong answer, none that is older than promised, and no failure but where
// nobody could know the answer. Every way between two processes goes through a proxy that can be made to fail.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Directory, type Discovery, etcdDiscovery } from '@ringcache/discovery';
import {
  type EtcdCluster,
  freePorts,
  type Postgres,
  startEtcdCluster,
  startPostgres,
  startTcpProxy,
  type TcpProxy,
} from '@ringcache/infra';

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
import { type Tally, Workload } from './workload.js';

jest.setTimeout(240_000);

let etcd: EtcdCluster;
let postgres: Postgres;
let origin: Program;
let discovery: Discovery & Directory;
let workload: Workload;
let etcdProxy: TcpProxy;
let postgresProxy: TcpProxy;
const nodeProxies: TcpProxy[] = [];
const setups: NodeOptions[] = [];
const nodes: NodeProcess[] = [];

beforeAll(async () => {
  [etcd, postgres] = await Promise.all([startEtcdCluster({ size: 1 }), startPostgres()]);
  const database = new URL(postgres.url);
  etcdProxy = await startTcpProxy(etcd.hosts[0]!.replace(/^http:\/\//, ''));
  postgresProxy = await startTcpProxy(database.host);
  database.host = postgresProxy.address;
  discovery = etcdDiscovery({ hosts: etcd.hosts, cluster: 'e2e' });
  workload = new Workload(discovery);
  const [originPort, ...ports] = (await freePorts(7)) as [number, ...number[]];
  const target = `localhost:${originPort}`;
  origin = run('student-score', ['--listen', target], {
    DATABASE_URL: database.href,
    RINGCACHE_DISCOVERY_TYPE: 'static',
  });
  const scores = { origin: { type: 'grpc', target } };
  // Short-lived, but kept for as long as its origin is away.
  const kept = {
    origin: { ...scores.origin, group: 'scores', attempts: 1 },
    ttl: '1s',
    hotTtl: 0,
    staleIfError: '10m',
  };
  const groups = { ...(await workload.groups()), scores, kept };
  for (let i = 0; i < 3; i++) {
    const [grpcPort, httpPort] = [ports[2 * i]!, ports[2 * i + 1]!];
    const proxy = await startTcpProxy(`localhost:${grpcPort}`);
    nodeProxies.push(proxy);
    const reached = proxy.address;
    setups.push({ grpcPort, httpPort, reached, etcd: [etcdProxy.address], groups, ttl: '4s', handoff: '1s' });
    nodes.push(await startNode(setups[i]!));
  }
  await untilSettled();
  await untilAnswered('张三');
});

afterAll(async () => {
  await discovery?.close();
  workload?.close();
  await Promise.all([...nodes, ...(origin === undefined ? [] : [origin])].map((program) => program.stop()));
  await Promise.all([etcdProxy, postgresProxy, ...nodeProxies].map((proxy) => proxy?.close()));
  await Promise.all([etcd?.stop(), postgres?.stop()]);
});

/** All rings are whole, and etcd has every member: a ring that was kept through an outage says nothing of that. */
async function untilSettled(): Promise<void> {
  await untilRings(nodes, nodes);
  await until('every member is registered', async () => (await discovery.list()).length === nodes.length, {
    programs: nodes,
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Nothing wrong, nothing stale, no get that failed; and there was something to be wrong. */
function expectRight(tally: Tally): void {
  expect(tally.examples).toEqual([]);
  expect(tally).toMatchObject({ wrong: 0, stale: 0, failed: 0 });
  expect(tally.gets).toBeGreaterThan(0);
  expect(tally.acknowledged).toBeGreaterThan(0);
}

test('a rolling restart of all nodes', async () => {
  const tally = await workload.during('rolling restart of all nodes', async () => {
    for (const [i, setup] of setups.entries()) {
      await nodes[i]!.stop();
      expect(nodes[i]!.child.exitCode).toBe(0);
      nodes[i] = await startNode(setup);
      await untilSettled();
    }
  });
  expectRight(tally);
});

test('each node in turn is killed and started again', async () => {
  const tally = await workload.during('kill -9 and restart of each node', async () => {
    for (const [i, setup] of setups.entries()) {
      await nodes[i]!.child.kill('SIGKILL');
      const left = nodes.filter((_, j) => j !== i);
      await untilRings(left, left);
      nodes[i] = await startNode(setup);
      await untilSettled();
    }
  });
  expectRight(tally);
});

test('thirty seconds without etcd', async () => {
  const tally = await workload.during('30 s without etcd', async () => {
    etcdProxy.mode = 'black-hole';
    await pause(15_000);
    etcdProxy.mode = 'refuse';
    await pause(15_000);
    etcdProxy.mode = 'pass';
    await untilSettled();
  });
  expectRight(tally);
});

test.each([
  ['takes connections and lets nothing through', 'black-hole'],
  ['takes everything and never answers', 'mute'],
  ['refuses', 'refuse'],
] as const)('a member that %s', async (what, mode) => {
  const tally = await workload.during(`a member that ${what}, 10 s`, async () => {
    nodeProxies[1]!.mode = mode;
    await pause(10_000);
    nodeProxies[1]!.mode = 'pass';
    await untilSettled();
    await pause(2_000);
  });
  expectRight(tally);
});

test('a database that is away takes only what nobody holds, and that comes back with it', async () => {
  for (const node of nodes) expect((await get(node, 'scores', '1')).status).toBe(200);
  for (const node of nodes) expect((await get(node, 'kept', '2')).status).toBe(200);
  let unknown = 0;
  const away = async (forMs: number) => {
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      for (const node of nodes) {
        expect((await get(node, 'scores', '1')).status).toBe(200); // held
        expect((await get(node, 'kept', '2')).status).toBe(200); // expired, and given all the same
      }
      const { status } = await get(nodes[0]!, 'scores', `${100 + unknown++}`);
      expect([503, 504]).toContain(status); // it is away; it does not answer in time
      await pause(500);
    }
  };
  const tally = await workload.during('20 s without PostgreSQL', async () => {
    postgresProxy.mode = 'black-hole';
    await away(10_000);
    postgresProxy.mode = 'refuse';
    await away(10_000);
    postgresProxy.mode = 'pass';
    await untilAnswered('100');
  });
  expectRight(tally);
});

async function untilAnswered(key: string): Promise<void> {
  await until(`${key} is answered`, async () => (await get(nodes[0]!, 'scores', key)).status === 200, {
    programs: [origin, ...nodes],
  });
}
