import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { freePorts } from '@ringcache/infra';
import { type NodeProcess, startNode, until } from '../processes.js';
import { readPage, tableRows } from './page.js';

jest.setTimeout(240_000);

const METRIC = /\b(?:ringcache|nodejs|process)_[a-z0-9_]+\b/g;

let node: NodeProcess;
beforeAll(async () => {
  const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
  const discovery = { type: 'static', members: [{ id: `localhost:${grpcPort}`, grpc: `localhost:${grpcPort}` }] };
  node = await startNode({ grpcPort, httpPort, discovery, groups: { notes: { origin: { type: 'none' } } } });
  await until('the node is ready', async () => (await fetch(`${node.http}/readyz`)).ok, { programs: [node] });
});
afterAll(() => node?.stop());

test('every metric of the page is one of the node’s', async () => {
  const exported = await metricsOfNode();
  const told = new Set((await readPage('docs/operations.md')).match(METRIC));
  expect(told.size).toBeGreaterThan(10);
  expect([...told].filter((name) => !exported.includes(name))).toEqual([]);
});

test('the page of metrics has every metric of the node, and no other', async () => {
  const told = tableRows(await readPage('docs/metrics.md')).flatMap(([cell]) => cell!.match(METRIC) ?? []);
  expect(told.sort()).toEqual((await metricsOfNode()).sort());
});

async function metricsOfNode(): Promise<string[]> {
  const metrics = await (await fetch(`${node.http}/metrics`)).text();
  return [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
}

test('every path of the page is answered', async () => {
  const page = await readPage('docs/operations.md');
  const paths = [...page.matchAll(/^\| `(\/\S+)` /gm)].map(([, path]) => path!.replace('…', 'Tom'));
  expect(paths.length).toBeGreaterThan(4);
  for (const path of paths) expect([path, (await fetch(node.http + path)).status]).toEqual([path, 200]);
});
