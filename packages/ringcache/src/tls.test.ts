import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join as joinPath } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ChangingTls, testCa, testTls, testTlsFiles } from '@ringcache/cache-core/testing/certificates';
import { staticDiscovery } from '@ringcache/discovery';

import { utf8 } from './codec.js';
import { type GroupSpecs, type GroupsOf, type JoinOptions, join } from './join.js';
import type { Node } from './node.js';
import { tlsFiles } from './tls-files.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started<S extends GroupSpecs>(options: JoinOptions<S>): Promise<Node<GroupsOf<S>>> {
  const node = await join({ joinTimeoutMs: 1, leaveTimeoutMs: 50, handoffMs: 0, ...options });
  cleanups.push(() => node.leave());
  return node;
}

const GROUPS = { g: { codec: utf8, load: async (key: string) => `value of ${key}` } };

/** A ring of these members, whose ways to each other are all used. */
async function ringOf(options: Partial<JoinOptions<typeof GROUPS>>[]) {
  const discoveries = options.map(() => staticDiscovery([]));
  cleanups.push(() => Promise.all(discoveries.map((discovery) => discovery.close())));
  const nodes: Node<GroupsOf<typeof GROUPS>>[] = [];
  for (const [i, discovery] of discoveries.entries()) {
    nodes.push(await started({ grpc: '127.0.0.1:0', http: '127.0.0.1:0', groups: GROUPS, discovery, ...options[i] }));
  }
  for (const discovery of discoveries) discovery.update(nodes.map((node) => node.member));
  while (!nodes.every((node) => node.ring.members.length === nodes.length && node.isActing)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return nodes;
}

describe.each([['grpc'], ['http']] as const)('members that speak %s', (peerTransport) => {
  test('know each other by their certificates, given as files, as PEM and as a source', async () => {
    const own = { peerTransport, clientAuth: 'required', requireTls: true } as const;
    const nodes = await ringOf([
      { ...own, tls: testTlsFiles('member') },
      { ...own, tls: testTls('member') },
      { ...own, tls: new ChangingTls(testTls('renewed')) },
    ]);
    for (const node of nodes) {
      for (let i = 0; i < 20; i++) expect(await node.groups.g.get(`k${i}`)).toBe(`value of k${i}`);
      expect((await node.groups.g.set('k', 'v')).applied).toBe('all');
    }
  });

  test("do not reach one whose certificate is a stranger's, nor it them", async () => {
    const nodes = await ringOf([
      { peerTransport, clientAuth: 'required', tls: testTls('member') },
      { peerTransport, clientAuth: 'required', tls: { ...testTls('stranger'), ca: testCa } },
    ]);
    for (const { core } of nodes) {
      expect(core.peers.troubles()).toEqual([expect.objectContaining({ kind: 'silent' })]);
      expect(core.peers.grantEpoch(core.peers.others()[0]!)).toBe(0); // so neither keeps anything of the other's
    }
  });
});

test('files that are replaced are shown to whoever connects next', async () => {
  const dir = await mkdtemp(joinPath(tmpdir(), 'ringcache-tls-'));
  cleanups.push(() => rm(dir, { recursive: true }));
  const from = dirname(testTlsFiles('member').cert);
  const put = async (name: string) => {
    for (const end of ['.pem', '-key.pem']) await cp(joinPath(from, `${name}${end}`), joinPath(dir, `tls${end}`));
  };
  await put('member');
  const tls = await tlsFiles({ cert: joinPath(dir, 'tls.pem'), key: joinPath(dir, 'tls-key.pem') });
  cleanups.push(async () => tls.close());
  const node = await started({ grpc: '127.0.0.1:0', http: '127.0.0.1:0', groups: GROUPS, tls });
  const both = [node.member.grpc, node.member.http];
  expect(await Promise.all(both.map(shownName))).toEqual(['member', 'member']);
  await put('renewed');
  await tls.reload();
  expect(await Promise.all(both.map(shownName))).toEqual(['member renewed', 'member renewed']);
});

describe('join', () => {
  test('with requireTls refuses to listen beyond loopback without TLS, and lets go of what it has opened', async () => {
    const options = { grpc: '127.0.0.1:0', listen: { grpc: '0.0.0.0:0' }, groups: GROUPS, requireTls: true };
    await expect(join(options)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/gRPC on 0\.0\.0\.0:0 is without TLS.*Give tls/),
    });
    const source = new ChangingTls(testTls('member'));
    await expect(join({ ...options, tls: source })).rejects.toThrow(/takes anybody for a member/);
    expect(source.listeners).toBe(0);
  });

  test('without it says what is open, once each', async () => {
    const warnings: string[] = [];
    await started({
      grpc: '127.0.0.1:0',
      listen: { grpc: '0.0.0.0:0' },
      groups: GROUPS,
      onWarning: (message) => warnings.push(message),
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^gRPC on 0\.0\.0\.0:0 is without TLS/),
      expect.stringMatching(/^gRPC on 0\.0\.0\.0:0 takes anybody for a member/),
    ]);
  });

  test('says nothing of loopback', async () => {
    const warnings: string[] = [];
    await started({ grpc: '127.0.0.1:0', groups: GROUPS, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['a file that is not there', { ...testTlsFiles('member'), key: '/nowhere.pem' }, /nowhere\.pem/],
    ['files and PEM mixed', { ...testTls('member'), ca: testTlsFiles('member').ca }, /all paths, or all PEM/],
    ['a certificate without its key', { cert: testTls('member').cert }, /cert and key/],
  ])('refuses %s', async (_, tls, message) => {
    await expect(join({ grpc: '127.0.0.1:0', groups: GROUPS, tls })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(message),
    });
  });
});

function shownName(address: string): Promise<string> {
  const port = Number(address.split(':')[1]);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: testCa }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
