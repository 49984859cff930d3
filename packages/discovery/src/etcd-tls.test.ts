import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { CacheError } from '@ringcache/cache-core';
import { strangersCa, testCa, testTls, testTlsFiles } from '@ringcache/cache-core/testing/certificates';
import { type EtcdCluster, startEtcdCluster } from '@ringcache/infra';

import type { Discovery, RecordDiscovery } from './discovery.js';
import { type EtcdDiscoveryOptions, etcdDiscovery } from './etcd-discovery.js';
import { viewMember } from './testing/view-member.js';

const MEMBER = viewMember('a');
const ROOT = { user: 'root', password: 'a secret' };

let cluster: EtcdCluster;
beforeAll(async () => {
  cluster = await startEtcdCluster({ tls: testTlsFiles('member') });
  await post('user/add', { name: ROOT.user, password: ROOT.password });
  await post('user/grant', { user: ROOT.user, role: 'root' });
  await post('enable', {});
});
afterAll(() => cluster?.stop());

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function post(path: string, body: object): Promise<void> {
  const options = { method: 'POST', agent: false, ...testTls('client') };
  const answer = await new Promise<string>((resolve, reject) => {
    const asked = request(`${cluster.hosts[0]}/v3/auth/${path}`, options, (response) => resolve(text(response)));
    asked.on('error', reject).end(JSON.stringify(body));
  });
  if (answer.includes('"error"')) throw new Error(answer);
}

/** Discovery with options of the test's, and what it complains of. */
function discoveryWith(
  options: Partial<EtcdDiscoveryOptions>,
): RecordDiscovery & { readonly failure: Promise<CacheError> } {
  let failed: (error: CacheError) => void;
  const failure = new Promise<CacheError>((resolve) => {
    failed = resolve;
  });
  const made = etcdDiscovery({ hosts: cluster.hosts, cluster: 'test', onError: (error) => failed(error), ...options });
  cleanups.push(() => made.close());
  return Object.assign(made, { failure });
}

/** Resolves when a list with this member has come. */
async function sees(discovery: Discovery, id: string): Promise<void> {
  const end = new AbortController();
  for await (const { members } of discovery.watch(end.signal)) {
    if (members.some((member) => member.id === id)) break;
  }
  end.abort();
}

test('with a certificate, a user and a password members find each other', async () => {
  const [one, other] = [
    discoveryWith({ ...ROOT, tls: testTls('client') }),
    discoveryWith({ ...ROOT, tls: testTls('member') }),
  ];
  const views = one.views({});
  await views.renew(MEMBER);
  await sees(other, MEMBER.id);
  await views.leave(MEMBER);
});

test.each<[string, Partial<EtcdDiscoveryOptions>, RegExp]>([
  ['no TLS', { ...ROOT, hosts: [] }, /etcd at 127\.0\.0\.1:\d+: .*No connection established/],
  ['no certificate', { ...ROOT, tls: { ca: testCa } }, /etcd at https:.*(certificate|handshake|ECONNRESET|closed)/is],
  ['a certificate of a stranger', { ...ROOT, tls: { ...testTls('stranger'), ca: testCa } }, /alert|certificate/],
  [
    'an authority that did not sign for etcd',
    { ...ROOT, tls: { ...testTls('client'), ca: strangersCa } },
    /certificate/,
  ],
  ['a wrong password', { user: 'root', password: 'guess', tls: testTls('client') }, /authentication failed/],
  ['no user but the one that the certificate names', { tls: testTls('client') }, /permission denied/],
])('%s: it fails, and says why', async (_, options, message) => {
  const hosts = options.hosts === undefined ? cluster.hosts : cluster.hosts.map((host) => host.replace('https://', ''));
  const discovery = discoveryWith({ ...options, hosts });
  const end = new AbortController();
  cleanups.push(async () => end.abort());
  void (async () => {
    for await (const _list of discovery.watch(end.signal)); // nothing comes
  })().catch(() => {});
  expect((await discovery.failure).message).toMatch(message);
});
