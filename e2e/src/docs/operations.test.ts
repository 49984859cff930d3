import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { freePorts } from '@ringcache/infra';
import { type NodeProcess, startNode, until } from '../processes.js';
import { readPage } from './page.js';

jest.setTimeout(120_000);

const METRIC = /\b(?:ringcache|nodejs|process)_[a-z0-9_]+\b/g;

let node: NodeProcess;
beforeAll(async () => {
  const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
  const discovery = { type: 'static', members: [{ id: `localhost:${grpcPort}`, grpc: `localhost:${grpcPort}` }] };
  node = await startNode({ grpcPort, httpPort, discovery, groups: { notes: { origin: { type: 'none' } } } });
  await until('the node is ready', async () => (await fetch(`${node.http}/readyz`)).ok, { programs: [node] });
});
afterAll(() => node?.stop());

test('every metric of the page is one of the node’s, and every one of ringcache’s is on the page', async () => {
  const metrics = await (await fetch(`${node.http}/metrics`)).text();
  const exported = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
  const told = new Set((await readPage('docs/operations.md')).match(METRIC));
  expect([...told].filter((name) => !exported.includes(name))).toEqual([]);
  expect(exported.filter((name) => name.startsWith('ringcache_') && !told.has(name))).toEqual([]);
});

test('every path of the page is answered', async () => {
  const page = await readPage('docs/operations.md');
  const paths = [...page.matchAll(/^\| `(\/\S+)` /gm)].map(([, path]) => path!.replace('…', 'Tom'));
  expect(paths.length).toBeGreaterThan(4);
  for (const path of paths) expect([path, (await fetch(node.http + path)).status]).toEqual([path, 200]);
});
