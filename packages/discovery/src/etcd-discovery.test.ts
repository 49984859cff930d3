import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Member } from '@ringcache/cache-core';
import { type EtcdCluster, startEtcdCluster } from '@ringcache/infra';
import { discoveryContract } from './discovery.contract.js';
import type { Directory, RecordDiscovery, RegistrationEvent } from './discovery.js';
import { etcdDiscovery } from './etcd-discovery.js';
import { keepRegistered, type Registered } from './testing/keep-registered.js';
import { memberOf, SnapshotLog } from './testing/snapshot-log.js';
import { type MemberProcess, startMemberProcess } from './testing/start-member-process.js';
import { viewMember } from './testing/view-member.js';

const TTL_MS = 2_000; // the least that etcd grants

let cluster: EtcdCluster;
beforeAll(async () => {
  cluster = await startEtcdCluster();
});
afterAll(() => cluster?.stop());

let tests = 0;
let name: string; // a cluster of this test's own
let discovery: RecordDiscovery & Directory;
let log: SnapshotLog | undefined;
let child: MemberProcess | undefined;
let registered: Registered | undefined;

beforeEach(() => {
  name = `test-${++tests}`;
  discovery = open();
});
afterEach(async () => {
  await child?.kill();
  await log?.stop();
  await registered?.leave();
  await discovery.close();
  log = undefined;
  child = undefined;
  registered = undefined;
});

discoveryContract('etcdDiscovery', () => {
  const inDirectory = open();
  const list = async (...members: readonly Member[]) => {
    for (const member of members) await inDirectory.put(member);
    const ids = new Set(members.map(({ id }) => id));
    for (const { id } of await inDirectory.list()) if (!ids.has(id)) await inDirectory.delete(id);
  };
  return { discovery: inDirectory, list };
});

test('any client of etcd sees a registered member as JSON, under a lease of its own', async () => {
  await discovery.views({}).renew({ ...viewMember('a'), id: 'localhost:9999' });
  const [entry, ...others] = await rawEntries();
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    key: `clusters/${name}/localhost:9999`,
    value: '{"id":"localhost:9999","grpc":"a.test:9999","http":"","weight":1,"incarnation":"1"}',
  });
  expect(entry?.lease).toMatch(/^[1-9]\d+$/);
});

test('a member that joins or leaves shows in a list that another client follows', async () => {
  const other = open();
  log = new SnapshotLog(other);
  await log.until('');
  const views = discovery.views({});
  await views.renew(viewMember('a'));
  await log.until('a');
  await views.leave(viewMember('a'));
  await log.until('');
  expect(log.all).toEqual(['', 'a', '']);
  await other.close();
});

test('a key that is deleted by hand comes back, under a lease', async () => {
  const events: string[] = [];
  await new Promise<void>((isBack) => {
    const onEvent = (event: RegistrationEvent) => {
      events.push(event.kind);
      if (event.kind === 'registered' && event.again) isBack();
    };
    void keepRegistered(discovery.views({ onEvent }), viewMember('a')).then((begun) => {
      registered = begun;
      return discovery.delete('a');
    });
  });
  expect((await rawEntries())[0]?.lease).toBeDefined();
  expect(events).toEqual(['registered', 'lost', 'registered']);
});

test('a key that is written over without a lease gets one again', async () => {
  registered = await keepRegistered(discovery.views({}), viewMember('a'));
  await discovery.put(memberOf('a'), { force: true });
  while ((await rawEntries())[0]?.lease === undefined);
  expect((await discovery.get('a'))?.leased).toBe(true);
});

test('closing leaves with every member that has not left', async () => {
  const other = open();
  log = new SnapshotLog(other);
  const views = discovery.views({});
  await views.renew(viewMember('a'));
  for (const id of ['b', 'c']) await discovery.views({}).renew(viewMember(id));
  await log.until('a b c');
  await views.leave(viewMember('a'));
  await discovery.close();
  await log.until('');
  await expect(discovery.views({}).renew(viewMember('d'))).rejects.toMatchObject({ code: 'unavailable' });
  await other.close();
});

test('a callback that throws does not keep a member from registering', async () => {
  const onEvent = () => {
    throw new Error('oops');
  };
  const { registered: members } = await discovery.views({ onEvent }).renew(viewMember('a'));
  expect(members).toEqual([viewMember('a')]);
});

test('a process that is killed is out of the list when its TTL is over, before one that has a longer lease', async () => {
  log = new SnapshotLog(discovery);
  child = startMemberProcess(cluster.hosts, name, TTL_MS, 'child');
  await child.next('registered');
  await log.until('child');
  await child.kill();
  await putUnderLease(memberOf('longer'), 5 * TTL_MS); // etcd's own clock, in place of ours
  await log.until('child longer');
  while (log.last === 'child longer') await new Promise((resolve) => setTimeout(resolve, 5));
  expect(log.last).toBe('longer');
});

test('a process that ends by itself is out of the list before it is gone', async () => {
  log = new SnapshotLog(discovery);
  child = startMemberProcess(cluster.hosts, name, 60_000, 'child');
  await child.next('registered');
  await log.until('child');
  child.process.kill('SIGTERM');
  await log.until('');
  if (child.process.exitCode === null) await new Promise((resolve) => child?.process.once('exit', resolve));
  expect(child.process.exitCode).toBe(0);
});

test('a process that was stopped for longer than its TTL hears of its loss when it goes on, and registers again', async () => {
  log = new SnapshotLog(discovery);
  child = startMemberProcess(cluster.hosts, name, TTL_MS, 'child');
  await child.next('registered');
  await log.until('child');
  child.process.kill('SIGSTOP');
  await log.until('');
  child.process.kill('SIGCONT');
  expect(await child.next('lost')).toMatchObject({ reason: 'silent' });
  expect(await child.next('registered')).toMatchObject({ again: true });
  await log.until('child');
});

function open(): RecordDiscovery & Directory {
  return etcdDiscovery({ hosts: cluster.hosts, cluster: name ?? 'test', ttlMs: TTL_MS });
}

/** Keys of the test's cluster as etcd's own HTTP gateway tells them, with no client of ours in between. */
async function rawEntries(): Promise<{ key: string; value: string; lease: string | undefined }[]> {
  const [key, end] = [`clusters/${name}/`, `clusters/${name}0`].map(inBase64);
  const { kvs = [] } = (await toEtcd('kv/range', { key, range_end: end })) as {
    kvs?: { key: string; value: string; lease?: string }[];
  };
  return kvs.map((kv) => ({ key: text(kv.key), value: text(kv.value), lease: kv.lease }));
}

/** Lists a member until so long from now. */
async function putUnderLease(member: Member, ttlMs: number): Promise<void> {
  const { ID: lease } = (await toEtcd('lease/grant', { TTL: ttlMs / 1_000 })) as { ID: string };
  await toEtcd('kv/put', {
    key: inBase64(`clusters/${name}/${member.id}`),
    value: inBase64(JSON.stringify(member)),
    lease,
  });
}

async function toEtcd(path: string, body: object): Promise<unknown> {
  const response = await fetch(`${cluster.hosts[0]}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return response.json();
}

function inBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function text(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
