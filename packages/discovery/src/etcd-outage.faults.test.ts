import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type EtcdCluster, startEtcdCluster } from '@ringcache/infra';
import type { RecordDiscovery } from './discovery.js';
import { etcdDiscovery } from './etcd-discovery.js';
import { keepRegistered, type Registered } from './testing/keep-registered.js';
import { SnapshotLog } from './testing/snapshot-log.js';
import { viewMember } from './testing/view-member.js';

const TTL_MS = 10_000; // etcd may have to elect a leader, on a busy machine, before a keep-alive is answered
const SHORT_TTL_MS = 3_000;

let etcd: EtcdCluster;
let open: RecordDiscovery[] = [];
let registered: Registered[] = [];
let logs: SnapshotLog[] = [];
let events: string[] = [];

beforeEach(async () => {
  etcd = await startEtcdCluster({ size: 3 });
});
afterEach(async () => {
  await Promise.all(logs.map((log) => log.stop()));
  await Promise.all(registered.map((each) => each.leave()));
  await Promise.all(open.map((discovery) => discovery.close()));
  await etcd?.stop();
  open = [];
  registered = [];
  logs = [];
  events = [];
});

test('one of three that is killed goes unnoticed: the list is not stale, no registration is lost', async () => {
  const [a, b] = [await join('a'), await join('b')];
  await Promise.all([a.until('a b'), b.until('a b')]);
  await etcd.members[0]?.kill(); // the one that all are connected to
  const c = await join('c');
  await Promise.all([a, b, c].map((log) => log.until('a b c')));
  await etcd.members[0]?.start();
  await etcd.members[1]?.kill();
  const d = await join('d');
  await Promise.all([a, b, c, d].map((log) => log.until('a b c d')));
  expect(events).toEqual(['a registered', 'b registered', 'c registered', 'd registered']);
  expect(a.all).toEqual(['a', 'a b', 'a b c', 'a b c d']);
});

test('one of three that hangs is left for another before a registration is lost', async () => {
  const a = await join('a');
  await a.until('a');
  await etcd.members[0]?.kill('SIGSTOP');
  const b = await join('b');
  await Promise.all([a.until('a b'), b.until('a b')]);
  await etcd.members[0]?.kill('SIGCONT');
  expect(events).toEqual(['a registered', 'b registered']);
});

test('all killed and started again: the last list stays, marked stale, and all are registered again', async () => {
  const [a, b] = [await join('a', SHORT_TTL_MS), await join('b', SHORT_TTL_MS)];
  await Promise.all([a.until('a b'), b.until('a b')]);
  await Promise.all(etcd.members.map((member) => member.kill()));
  await Promise.all([a.until('a b (stale)'), b.until('a b (stale)')]);
  await until(() => events.length === 4); // both know their loss
  await Promise.all(etcd.members.map((member) => member.start()));
  await Promise.all([a.until('a b'), b.until('a b')]);
  await until(() => events.length === 6);
  expect(events.toSorted()).toEqual(
    ['a', 'b'].flatMap((id) => [`${id} lost`, `${id} registered`, `${id} registered again`]),
  );
  await join('c');
  await Promise.all([a.until('a b c'), b.until('a b c')]);
  expect(a.all.slice(-4)).toEqual(['a b', 'a b (stale)', 'a b', 'a b c']);
});

/** Registers a member and follows the list with it. */
async function join(id: string, ttlMs = TTL_MS): Promise<SnapshotLog> {
  const discovery = etcdDiscovery({ hosts: etcd.hosts, cluster: 'test', ttlMs, random: () => 0 });
  open.push(discovery);
  const views = discovery.views({
    onEvent: (event) => {
      if (event.kind === 'registered') events.push(`${id} registered${event.again ? ' again' : ''}`);
      else if (event.kind === 'lost') events.push(`${id} lost`);
      changed();
    },
  });
  registered.push(await keepRegistered(views, viewMember(id), { intervalMs: ttlMs / 10 }));
  const log = new SnapshotLog(discovery);
  logs.push(log);
  return log;
}

let changed = () => {};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      changed = resolve;
    });
  }
}
