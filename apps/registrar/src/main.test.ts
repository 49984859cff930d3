import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Directory, etcdDiscovery, type RecordDiscovery } from '@ringcache/discovery';
import { viewMember } from '@ringcache/discovery/testing';
import { type EtcdCluster, startEtcdCluster } from '@ringcache/infra';
import { jsonLines, registrar, spawnRegistrar } from './testing/registrar.js';

const DEV_IDS = ['localhost:10000', 'localhost:10001', 'localhost:9999'];
const A = { ...viewMember('a'), grpc: 'a.test:1' };
const NOBODY = 'http://127.0.0.1:1'; // port 1: connections are refused

let etcd: EtcdCluster;
let folder: string;
beforeAll(async () => {
  etcd = await startEtcdCluster();
  folder = await mkdtemp(join(tmpdir(), 'registrar-'));
});
afterAll(async () => {
  await etcd?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

let tests = 0;
let cluster: string; // a cluster of this test's own
let directory: RecordDiscovery & Directory;
beforeEach(() => {
  cluster = `test-${++tests}`;
  directory = etcdDiscovery({ hosts: etcd.hosts, cluster });
});
afterEach(() => directory.close());

const run = (...args: string[]) => registrar([...args, '--etcd', etcd.hosts.join(','), '--cluster', cluster]);

test('put with no arguments writes the members of the development cluster, to stay', async () => {
  const { code, stdout, stderr } = await run('put', '--force'); // no one of them runs here
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const id of DEV_IDS) expect(stdout).toContain(`written │ ${id}`);
  const listed = await directory.list();
  expect(listed.map(({ id, leased }) => [id, leased])).toEqual(DEV_IDS.map((id) => [id, false]));
  expect(listed[2]).toMatchObject({ grpc: 'localhost:9999', http: 'localhost:8081', weight: 1 });
});

test('put takes one member from the command line, with a TTL, and list and get show it', async () => {
  const put = await run('put', 'x/1', '--grpc', '[::1]:7', '--weight', '2.5', '--ttl', '1h', '--json', '--force');
  expect(JSON.parse(put.stdout)).toMatchObject([{ result: 'written', id: 'x/1', leased: true }]);
  const [list, get, table] = await Promise.all([run('list', '--json'), run('get', 'x/1', '--json'), run('list')]);
  const [member] = JSON.parse(list.stdout);
  expect(member).toMatchObject({ id: 'x/1', grpc: '[::1]:7', http: '', weight: 2.5, leased: true });
  expect(member.ttlMs).toBeGreaterThan(3_000_000);
  expect(JSON.parse(get.stdout)).toMatchObject({ id: 'x/1' });
  expect(table.stdout).toMatch(/x\/1 +│ \[::1\]:7 +│ - +│ 2\.5 +│ 3\d\d\d s unless renewed/);
});

test('put leaves a member alone that is live under its own lease, unless forced', async () => {
  await directory.views({}).renew(A);
  const gentle = await run('put', 'a', '--http', etcd.hosts[0]!.replace('http://', ''));
  expect(gentle.code).toBe(0);
  expect(gentle.stdout).toMatch(/live +│ a +│ a\.test:1/);
  expect(gentle.stderr).toContain('--force');
  expect(await directory.get('a')).toMatchObject({ id: 'a', grpc: A.grpc, leased: true });
  const forced = await run('put', 'a', '--grpc', 'a.test:1', '--force', '--json');
  expect(JSON.parse(forced.stdout)).toMatchObject([{ result: 'written' }]);
});

test('put refuses members that nobody can reach, names each address, and writes the others', async () => {
  const open = etcd.hosts[0]!.replace('http://', '');
  const refused = await run('put', 'a', '--grpc', open, '--http', '127.0.0.1:1');
  expect(refused).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/unreachable +│ a /),
    stderr: 'not written, since nobody answers at 127.0.0.1:1 (ECONNREFUSED): start it first; or see --force\n',
  });
  const file = join(folder, 'some.yaml');
  await writeFile(file, `members:\n  - { id: here, grpc: "${open}" }\n  - { id: away, grpc: "127.0.0.1:1" }\n`);
  const some = await run('put', '--config', file, '--json');
  expect(some.code).toBe(1);
  expect(JSON.parse(some.stdout)).toMatchObject([
    { id: 'here', result: 'written' },
    { id: 'away', result: 'unreachable' },
  ]);
  expect((await directory.list()).map(({ id }) => id)).toEqual(['here']);
});

test('put does not wait for ever for an address that says nothing', async () => {
  const { stderr } = await run('put', 'a', '--grpc', '192.0.2.1:1'); // TEST-NET-1 (RFC 5737): nobody is there
  expect(stderr).toMatch(/nobody answers at 192\.0\.2\.1:1 \((no answer in 2000 ms|[A-Z]+)\)/);
});

test('a configuration of one’s own replaces the development cluster', async () => {
  const file = join(folder, 'own.yaml');
  await writeFile(file, `discovery: { cluster: ${cluster} }\nmembers:\n  - { id: mine, http: "h:1", weight: 3 }\n`);
  const { code } = await registrar(['put', '--force', '--config', file], { ETCD_HOSTS: etcd.hosts.join(',') });
  expect(code).toBe(0);
  expect((await directory.list()).map(({ id, weight }) => [id, weight])).toEqual([['mine', 3]]);
});

test('bad use is refused by name, with exit code 2', async () => {
  const refused = await Promise.all([
    run('put', 'a', '--grpc', 'nowhere', '--http', 'h:99999'),
    run('put', 'unknown'),
    run('list', '--nonsense'),
    run('delete', '--all'),
  ]);
  expect(refused.map(({ code, stdout, stderr }) => `${code} ${stdout}${stderr.trim()}`)).toEqual([
    expect.stringMatching(/^2 flag --grpc: .*"nowhere"\nflag --http: .*"h:99999"$/),
    '2 member unknown is not in the configuration, so it needs --grpc or --http',
    expect.stringMatching(/^2 error: unknown option '--nonsense'/),
    '2 --all needs --yes where nobody can be asked',
  ]);
});

test('an etcd that refuses, or that says nothing, ends in one line and exit code 1', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const hanging = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  try {
    const results = await Promise.all([
      registrar(['list', '--etcd', NOBODY]),
      registrar(['put', '--force', '--etcd', `${hanging},${hanging},${hanging}`]),
      registrar(['watch', '--etcd', hanging]),
    ]);
    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^etcd is out of reach at http.+\n$/);
    }
  } finally {
    silent.close();
  }
});

test('delete removes members; one that is not there makes it fail, and the others are deleted all the same', async () => {
  await directory.put(A);
  await directory.put({ ...A, id: 'b' });
  const some = await run('delete', 'nobody', 'a');
  expect(some).toEqual({ code: 1, stdout: 'deleted a\n', stderr: `not in cluster ${cluster}: nobody\n` });
  const all = await run('delete', '--all', '--yes', '--json');
  expect(all.code).toBe(0);
  expect(JSON.parse(all.stdout)).toEqual([{ id: 'b', deleted: true, live: false }]);
  expect(await directory.list()).toEqual([]);
});

test('getting a member that is not there fails with a line', async () => {
  const result = await run('get', 'nobody', '--json');
  expect(result).toEqual({ code: 1, stdout: '', stderr: `no member nobody in cluster ${cluster}\n` });
});

test('watch prints who is there, then each change, until it is interrupted', async () => {
  await directory.put(A);
  const child = spawnRegistrar(['watch', '--json', '--etcd', etcd.hosts.join(','), '--cluster', cluster]);
  try {
    const lines = jsonLines(child);
    const next = async () => {
      const { value } = await lines.next();
      return value === undefined ? undefined : [value.event, (value.member as typeof A).id];
    };
    expect(await next()).toEqual(['joined', 'a']);
    const views = directory.views({});
    await views.renew(viewMember('b'));
    expect(await next()).toEqual(['joined', 'b']);
    await directory.put({ ...A, weight: 2 });
    expect(await next()).toEqual(['changed', 'a']);
    await views.leave(viewMember('b'));
    expect(await next()).toEqual(['left', 'b']);
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a command explains itself with examples that can be typed, also behind the -- that pnpm hands on', async () => {
  const helps = await Promise.all([registrar(['put', '--', '--help']), registrar(['watch', '--help'])]);
  for (const [i, name] of ['put', 'watch'].entries()) {
    expect(helps[i]).toMatchObject({ code: 0, stderr: '' });
    expect(helps[i]?.stdout).toContain(`$ pnpm registrar ${name}`);
    expect(helps[i]?.stdout).toContain('ETCD_HOSTS');
  }
});
