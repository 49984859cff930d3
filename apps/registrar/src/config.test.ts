import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readConfig } from './config.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registrar-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('told nothing, it works on the development cluster and its three members', () => {
  const { discovery, members, ttl, member } = readConfig(undefined, {}, {});
  expect(discovery.cluster).toBe('dev');
  expect(discovery.hosts).toEqual([2379, 22379, 32379].map((port) => `http://127.0.0.1:${port}`));
  expect(members.map(({ id, grpc, http, weight }) => [id, grpc, http, weight])).toEqual([
    ['localhost:9999', 'localhost:9999', 'localhost:8081', 1],
    ['localhost:10000', 'localhost:10000', 'localhost:8082', 1],
    ['localhost:10001', 'localhost:10001', 'localhost:8083', 1],
  ]);
  expect([ttl, member]).toEqual([undefined, undefined]);
});

test('flags go before the environment, the environment before the file', () => {
  const env = { ETCD_HOSTS: 'a:1,b:2', RINGCACHE_CLUSTER: 'staging' };
  const { discovery } = readConfig(undefined, { 'discovery.hosts': 'c:3' }, env);
  expect([discovery.hosts, discovery.cluster]).toEqual([['c:3'], 'staging']);
});

test.each([
  [{ 'member.id': 'a', 'member.grpc': 'nowhere' }, /^flag --grpc: .*"nowhere"$/],
  [{ 'member.id': 'a', 'member.http': 'h:99999' }, /^flag --http: .*"h:99999"$/],
  [{ 'member.id': 'a', 'member.grpc': 'h:1', 'member.weight': '0' }, /^flag --weight: /],
  [{ 'member.id': '', 'member.grpc': 'h:1' }, /^flag <id>: /],
  [{ ttl: '1s' }, /^flag --ttl: must be at least 2 s/],
  [{ ttl: 'soon' }, /^flag --ttl: must be a duration/],
  [{ 'discovery.hosts': 'nowhere' }, /^flag --etcd: .*"nowhere"$/],
  [{ 'discovery.cluster': 'a/b' }, /^flag --cluster: /],
])('%j is refused by the name of the flag', (flags, message) => {
  expect(() => readConfig(undefined, flags, {})).toThrow(message);
});

test.each([
  ['members: [{ id: a, grpc: nowhere }]', /own\.yaml:1: members\[0\]\.grpc: must end with a port/],
  ['members: [{ id: a, grpc: h:1 }, { id: a, grpc: h:2 }]', /own\.yaml:1: members: must have unique ids/],
  ['memers: []', /own\.yaml:1: .*memers.*members/],
  ['discovery: { type: static }', /own\.yaml:1: discovery: must be of type etcd/],
])('%s in the file is refused by its line', async (yaml, message) => {
  const file = join(folder, 'own.yaml');
  await writeFile(file, yaml);
  expect(() => readConfig(file, {}, {})).toThrow(message);
});
