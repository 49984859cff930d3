// The main job, from end to end: a student's score asked of any node, loaded once, from a real PostgreSQL behind a real
// service, answered from the cache ever after, and new on every node after an update.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type EtcdCluster, freePorts, type Postgres, startEtcdCluster, startPostgres } from '@ringcache/infra';
import { student } from '@ringcache/proto';

import { get, type NodeProcess, type Program, run, startNode, until, untilRings } from './processes.js';

jest.setTimeout(240_000);

let etcd: EtcdCluster;
let postgres: Postgres;
let origin: Program;
let website: Server;
let students: student.StudentServiceClient;
const nodes: NodeProcess[] = [];
const visited: string[] = [];

beforeAll(async () => {
  [etcd, postgres] = await Promise.all([startEtcdCluster({ size: 3 }), startPostgres()]);
  website = createServer((request, response) => {
    visited.push(request.url!);
    if (request.url === '/missing') response.writeHead(404).end();
    else response.writeHead(200, { 'cache-control': 'max-age=60' }).end(`page ${request.url}`);
  });
  await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
  const [originPort, ...ports] = (await freePorts(7)) as [number, ...number[]];
  const target = `localhost:${originPort}`;
  const listen = ['--listen', target];
  origin = run('student-score', listen, {
    DATABASE_URL: postgres.url,
    ETCD_HOSTS: etcd.hosts.join(','),
    RINGCACHE_CLUSTER: 'e2e',
  });
  const url = `http://127.0.0.1:${(website.address() as AddressInfo).port}/{key}`;
  const groups = {
    scores: { origin: { type: 'grpc', target }, ttl: '10m', negativeTtl: '2s', hotAfterFetches: 1 },
    website: { origin: { type: 'http', url } },
  };
  for (let i = 0; i < 3; i++) {
    nodes.push(await startNode({ grpcPort: ports[2 * i]!, httpPort: ports[2 * i + 1]!, etcd: etcd.hosts, groups }));
  }
  await untilRings(nodes, nodes);
  students = new student.StudentServiceClient(target, credentials.createInsecure());
  const isUp = () =>
    new Promise<boolean>((resolve) => students.get({ name: '张三' }, (error) => resolve(error === null)));
  await until('student-score answers', isUp, { programs: [origin] });
});

afterAll(async () => {
  students?.close();
  await Promise.all([...nodes, ...(origin === undefined ? [] : [origin])].map((program) => program.stop()));
  website?.close();
  await Promise.all([etcd?.stop(), postgres?.stop()]);
});

describe('a score', () => {
  test('is asked of any node, loaded once, at its owner, and a hit ever after', async () => {
    const first = await Promise.all(nodes.map((node) => get(node, 'scores', '张三')));
    expect(first.map((answer) => [answer.status, answer.text])).toEqual([
      [200, '100'],
      [200, '100'],
      [200, '100'],
    ]);
    expect(new Set(first.map((answer) => answer.servedBy)).size).toBe(1);
    const again = await Promise.all(nodes.map((node) => get(node, 'scores', '张三')));
    expect(again.every((answer) => answer.source === 'main' || answer.source === 'hot')).toBe(true);
    expect(await loads('张三')).toBe(1);
  });

  test('of a thousand at once over three nodes is loaded once', async () => {
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, i) => get(nodes[i % 3]!, 'scores', '365')));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(await loads('365')).toBe(1);
  });

  test('of somebody unknown is 404 with a problem that says so', async () => {
    const { status, text } = await get(nodes[0]!, 'scores', '不存在');
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ code: 'not_found', status: 404 });
  });

  test('is new on every node with the first get after an update was committed', async () => {
    const before = await Promise.all(nodes.map((node) => get(node, 'scores', '李四')));
    const score = 1 + Number(before[0]!.text);
    await new Promise<void>((resolve, reject) =>
      students.update({ name: '李四', score }, (error) => (error === null ? resolve() : reject(error))),
    );
    for (const node of nodes) expect((await get(node, 'scores', '李四')).text).toBe(String(score));
  });

  test('is answered on the path of the original system, whose group is scores', async () => {
    const response = await fetch(`${nodes[1]!.http}/api?key=${encodeURIComponent('张三')}`);
    expect([response.status, await response.text()]).toEqual([200, '100']);
  });

  test('leaves its story in the log, with one request id on every node that it reached', async () => {
    const response = await fetch(`${nodes[0]!.http}/v1/groups/scores/keys/777`, {
      headers: { 'x-request-id': 'story-1' },
    });
    expect(response.status).toBe(200);
    const said = (node: NodeProcess) =>
      node.lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => line.requestId === 'story-1');
    const steps = nodes.flatMap((node) => said(node).map((line) => line.msg));
    expect(steps).toEqual(
      expect.arrayContaining(['request received from a client', 'loaded from origin', 'stored in main']),
    );
    const pick = said(nodes[0]!).find((line) => String(line.msg).startsWith('pick'));
    expect(pick).toMatchObject({ group: 'scores', key: '777', hash: expect.any(String), point: expect.any(Number) });
    expect(pick!.msg).toBe(pick!.owner === nodes[0]!.id ? 'pick myself' : 'pick remote peer');
  });
});

describe('a second group, by configuration alone', () => {
  test('is loaded over HTTP, once', async () => {
    for (const node of [...nodes, ...nodes])
      expect((await get(node, 'website', 'a b/张三')).text).toBe('page /a%20b%2F%E5%BC%A0%E4%B8%89');
    expect(visited.filter((url) => url.startsWith('/a%20b'))).toHaveLength(1);
    expect((await get(nodes[0]!, 'website', 'missing')).status).toBe(404);
  });
});

describe('an operator', () => {
  test('reads metrics that are never labelled by key', async () => {
    const text = await (await fetch(`${nodes[0]!.http}/metrics`)).text();
    expect(text).toMatch(/^ringcache_gets_total\{group="scores"\} \d+$/m);
    expect(text).toMatch(/^ringcache_ring_members 3$/m);
    expect(text).not.toContain('张三');
    expect((await fetch(`${nodes[0]!.http}/livez`)).status).toBe(200);
  });
});

/** Loads of the key over all nodes, by their logs. */
async function loads(key: string): Promise<number> {
  const lines = nodes.flatMap((node) => node.lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  return lines.filter((line) => line.msg === 'loaded from origin' && line.key === key).length;
}
