import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Member } from '@ringcache/cache-core';
import { testCa, testTls } from '@ringcache/cache-core/testing/certificates';
import { listDiscoveryContract } from './discovery.contract.js';
import type { ListDiscovery, RegistrationEvent } from './discovery.js';
import { type KubernetesDiscoveryOptions, kubernetesDiscovery } from './kubernetes-discovery.js';
import { HurriedClock } from './testing/hurried-clock.js';
import { type Endpoint, KubernetesServer } from './testing/kubernetes-server.js';
import { SnapshotLog } from './testing/snapshot-log.js';

const SERVICE = 'ringcache';
const PORTS = { grpc: 9999 };
const BASIC = { service: SERVICE, namespace: 'test', tokenFile: '', caFile: '' };

const memberAt = (grpc: string, http = ''): Member => ({ id: grpc, grpc, http, weight: 1 });
const [a, b, c] = ['10.0.0.1:9999', '10.0.0.2:9999', '10.0.0.3:9999'] as const;
const endpointsOf = (...members: readonly string[]): Endpoint[] =>
  members.map((member) => ({ address: member.slice(0, member.lastIndexOf(':')), ready: true }));

let server: KubernetesServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-kubernetes-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  server = new KubernetesServer(SERVICE);
  await server.start();
});
afterEach(() => server.stop());

listDiscoveryContract(
  'kubernetesDiscovery',
  () => ({
    discovery: kubernetesDiscovery({ ...BASIC, apiServer: server.url }),
    list: async (...members) => {
      if (members.length === 0) server.delete('one');
      else server.set('one', { endpoints: endpointsOf(...members.map(({ grpc }) => grpc)), ports: PORTS });
    },
  }),
  [memberAt(a), memberAt(b), memberAt(c)],
);

describe('kubernetesDiscovery', () => {
  const errors: string[] = [];
  const events: RegistrationEvent[] = [];
  let open: { discovery: ListDiscovery; log: SnapshotLog }[] = [];

  beforeEach(() => {
    errors.length = 0;
    events.length = 0;
  });
  afterEach(async () => {
    await Promise.all(open.map(({ log }) => log.stop()));
    await Promise.all(open.map(({ discovery }) => discovery.close()));
    open = [];
  });

  function opened(options: Partial<KubernetesDiscoveryOptions> = {}): { discovery: ListDiscovery; log: SnapshotLog } {
    const onError = ({ message }: Error) => void errors.push(message);
    const discovery = kubernetesDiscovery({ ...BASIC, apiServer: server.url, onError, ...options });
    const both = { discovery, log: new SnapshotLog(discovery) };
    open.push(both);
    return both;
  }

  const list = (...members: string[]) => server.set('one', { endpoints: endpointsOf(...members), ports: PORTS });
  const watched = () => server.until(() => server.watches > 0);

  test('members are the ready endpoints of all slices, each once, with the ports of these names', async () => {
    const ports = { 'cache-grpc': 7, http: 8, metrics: 9 };
    server.set('one', {
      ports,
      endpoints: [
        { address: '10.0.0.1', ready: true },
        { address: '10.0.0.2' },
        { address: '10.0.0.3', ready: false },
        { address: '10.0.0.4', ready: true, terminating: true },
      ],
    });
    server.set('two', { ports, endpoints: endpointsOf('10.0.0.1:7', '10.0.0.5:7') });
    server.set('three', { ports, endpoints: [{ address: 'fd00::1' }], addressType: 'IPv6' });
    const { log } = opened({ portNames: { grpc: 'cache-grpc' } });
    await log.until('10.0.0.1:7 10.0.0.2:7 10.0.0.5:7');
    expect(log.seen[0]!.members[0]).toEqual(memberAt('10.0.0.1:7', '10.0.0.1:8'));
    const six = opened({ portNames: { grpc: 'cache-grpc' }, addressType: 'IPv6' });
    await six.log.until('[fd00::1]:7');
  });

  test('a change shows by its event, with no other list', async () => {
    list(a);
    const { log } = opened();
    await watched();
    server.bookmark();
    server.set('two', { endpoints: endpointsOf(b), ports: PORTS });
    await log.until(`${a} ${b}`);
    list(a, c);
    await log.until(`${a} ${b} ${c}`);
    server.delete('two');
    await log.until(`${a} ${c}`);
    expect([server.lists, server.watches, errors]).toEqual([1, 1, []]);
  });

  test('a version that is too old is no failure: the list is read again', async () => {
    list(a);
    const clock = new HurriedClock();
    const { log } = opened({ clock });
    await watched();
    server.setSilently('one', { endpoints: endpointsOf(a, b), ports: PORTS });
    server.compact();
    await clock.until(() => log.last === `${a} ${b}`);
    expect(errors).toEqual([]);
  });

  test('a connection that breaks is made again, and what was missed is read', async () => {
    list(a);
    const { log } = opened();
    await watched();
    server.setSilently('one', { endpoints: endpointsOf(a, b), ports: PORTS });
    server.dropConnections();
    await log.until(`${a} ${b}`);
    expect(log.all).toEqual([a, `${a} ${b}`]);
    expect(errors[0]).toMatch(/^the watch of the Kubernetes API broke off: /);
  });

  test('an event that was lost is noticed at the next reading', async () => {
    list(a);
    const clock = new HurriedClock();
    const { log } = opened({ clock });
    await watched();
    server.setSilently('one', { endpoints: endpointsOf(b), ports: PORTS });
    clock.skip(30_000);
    await log.until(b);
  });

  test('an API that is away leaves the last list in force, stale; one that is back makes it fresh', async () => {
    list(a, b);
    const clock = new HurriedClock();
    const { log } = opened({ clock });
    await log.until(`${a} ${b}`);
    await server.stop();
    await clock.until(() => log.last === `${a} ${b} (stale)`);
    list(a);
    await server.start();
    await clock.until(() => log.last === a);
    expect(errors.some((error) => error.includes('is out of reach'))).toBe(true);
  });

  test('an API that takes connections and says nothing leaves the last list in force, stale', async () => {
    list(a, b);
    const clock = new HurriedClock();
    const { log } = opened({ clock });
    await watched();
    server.isSilent = true;
    server.dropConnections();
    await clock.until(() => log.last === `${a} ${b} (stale)`);
    server.isSilent = false;
    await clock.until(() => log.last === `${a} ${b}`);
  });

  test.each(['no JSON', '{}', '[]', 'null', '{"metadata":{"resourceVersion":"1"},"items":[7]}'])(
    'a list that is %s is a failure, not an empty list',
    async (garbage) => {
      list(a);
      const clock = new HurriedClock();
      const { log } = opened({ clock });
      await watched();
      server.garbage = garbage;
      server.dropConnections();
      await clock.until(() => log.last === `${a} (stale)`);
      server.garbage = undefined;
      await clock.until(() => log.last === a);
      expect(log.all).toEqual([a, `${a} (stale)`, a]);
    },
  );

  test.each(['no JSON\n', '{"type":"ADDED"}\n', '{"type":"ERROR","object":{"code":500}}\n'])(
    'a watch that says %j is begun again',
    async (text) => {
      list(a);
      const { log } = opened();
      await watched();
      server.say(text);
      await server.until(() => server.watches === 2);
      list(a, b);
      await log.until(`${a} ${b}`);
      expect(errors).toHaveLength(1);
    },
  );

  test('an event that comes in pieces is put together', async () => {
    list(a);
    const { log } = opened();
    await watched();
    server.say('{"type":"BOOK');
    server.say('MARK","object":{}}\n\n');
    list(a, b);
    await log.until(`${a} ${b}`);
    expect(errors).toEqual([]);
  });

  test('a service whose pods are all not ready does not empty a ring that works', async () => {
    list(a, b);
    const clock = new HurriedClock();
    const { log } = opened({ clock });
    await watched();
    server.set('one', { endpoints: [{ address: '10.0.0.1', ready: false }], ports: PORTS });
    await clock.until(() => log.last === `${a} ${b} (stale)`);
    expect(errors[0]).toBe('Kubernetes (endpoints of ringcache) lists nobody: the last list stays in force');
    list(a);
    await clock.until(() => log.last === a);
  });

  test('a token that is replaced is taken from its file', async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'old\n');
    server.token = 'old';
    list(a);
    const { log } = opened({ tokenFile });
    await watched();
    server.token = 'new';
    server.dropConnections();
    await server.until(() => server.refused > 0);
    await writeFile(tokenFile, 'new\n');
    list(a, b);
    await log.until(`${a} ${b}`);
    expect(errors).toContain('the Kubernetes API answers 401: Unauthorized');
  });

  test('what the service account may not do is said in the words of the API', async () => {
    opened({ namespace: 'other' });
    await server.until(() => server.lists > 1);
    expect(errors[0]).toMatch(/^the Kubernetes API answers 403: endpointslices is forbidden/);
  });

  test('a file that is not there is named', async () => {
    opened({ tokenFile: join(folder, 'none') });
    while (errors.length === 0) await new Promise(setImmediate);
    expect(errors[0]).toContain(`cannot read ${join(folder, 'none')}`);
  });

  test('a service with no such port is said to be one', async () => {
    server.set('one', { endpoints: endpointsOf(a), ports: { other: 1 } });
    const { log } = opened();
    await log.until('');
    expect(errors).toEqual(['skipped one: no port is named grpc or http']);
  });

  test('the API is asked over TLS, and is believed only with the CA of the cluster', async () => {
    const { cert, key } = testTls('member');
    const secure = new KubernetesServer(SERVICE, { cert: cert!, key: key! });
    await secure.start();
    try {
      secure.set('one', { endpoints: endpointsOf(a), ports: PORTS });
      const caFile = join(folder, 'ca.crt');
      await writeFile(caFile, testCa);
      const { log } = opened({ apiServer: secure.url, caFile });
      await log.until(a);
      opened({ apiServer: secure.url });
      while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(errors[0]).toMatch(/certificate/);
    } finally {
      await secure.stop();
    }
  });

  test('a member registers once its endpoint is ready, and hears when it is not', async () => {
    list(a);
    const { discovery, log } = opened();
    const registering = discovery.register(memberAt(b), { onEvent: (event) => events.push(event) });
    await log.until(a);
    await watched();
    list(a, b);
    const registration = await registering;
    expect(registration.registered()).toBe(true);
    await log.until(`${a} ${b}`);
    list(a);
    await log.until(a);
    while (registration.registered()) await new Promise(setImmediate);
    const kinds = events.map(({ kind }) => kind);
    const once = kinds.filter((kind, i) => kind !== 'retrying' || kinds[i - 1] !== kind); // it complains again in a second or two
    expect(once).toEqual(['retrying', 'registered', 'lost', 'retrying']);
  });

  test.each<[string, Member, string]>([
    ['a name of its own', { ...memberAt(a), id: 'a' }, 'must have its address for an id'],
    ['another weight', { ...memberAt(a), weight: 2 }, 'must be 1: Kubernetes knows no other'],
    ['a host name', memberAt('pod.test:9999'), "must be its pod's, like 10.0.0.7:9999, not pod.test:9999"],
  ])('a member with %s is refused', async (_, member, message) => {
    await expect(opened().discovery.register(member)).rejects.toThrow(message);
  });

  test.each<[string, Partial<KubernetesDiscoveryOptions>, string]>([
    ['a service with a slash', { service: 'a/b' }, 'service must be a name in Kubernetes, not "a/b"'],
    ['a namespace with capitals', { namespace: 'A' }, 'namespace must be a name in Kubernetes, not "A"'],
    ['a server with a path', { apiServer: 'https://a/b' }, 'apiServer must be https://host:port, not https://a/b'],
  ])('%s is refused', (_, options, message) => {
    expect(() => kubernetesDiscovery({ ...BASIC, ...options })).toThrow(message);
  });
});
