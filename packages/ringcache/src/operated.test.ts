// What operators reach of members: each its own admin, and by one member those of the others.

import { afterEach, describe, expect, test } from '@jest/globals';
import { createDoor } from '@ringcache/access';
import { staticDiscovery } from '@ringcache/discovery';
import { adminGrpc } from '@ringcache/transport-grpc';
import { adminHttp } from '@ringcache/transport-http';

import { utf8 } from './codec.js';
import { join } from './join.js';
import { VERSION } from './version.js';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const WITHIN = { timeoutMs: 120_000 }; // over a test's own limit: what is slow on a busy machine is not late
const PEER_TOKEN = 'peer-token-of-this-test';
const groups = { g: { codec: utf8, load: async (key: string) => `value of ${key}` } };

type Options = Partial<Parameters<typeof join<typeof groups>>[0]>;

async function started(options: Options = {}) {
  const node = await join({
    grpc: '127.0.0.1:0',
    http: '127.0.0.1:0',
    groups,
    leaveTimeoutMs: 50,
    handoffMs: 0,
    ...options,
  });
  cleanups.push(() => node.leave());
  return node;
}

async function pair(options: Options = {}) {
  // Each is in its list from the beginning, and at its true address once it has one.
  const unplaced = ['a', 'b'].map((id) => ({ id, grpc: '127.0.0.1:1', http: '127.0.0.1:1', weight: 1 }));
  const discoveries = [staticDiscovery(unplaced), staticDiscovery(unplaced)];
  const nodes = [];
  for (const [i, discovery] of discoveries.entries()) {
    cleanups.push(() => discovery.close());
    nodes.push(await started({ ...options, id: unplaced[i]!.id, discovery }));
  }
  const members = nodes.map((node) => node.member);
  for (const discovery of discoveries) discovery.update(members);
  for (const node of nodes)
    while (!node.isActing || node.ring.members.some(({ grpc }) => grpc === '127.0.0.1:1')) await turn();
  return { first: nodes[0]!, second: nodes[1]!, discoveries, members };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('an embedded member', () => {
  test('reports of itself and its process', async () => {
    const node = await started();
    await node.groups.g.get('k');
    const askedAt = Date.now();
    const report = await node.admin.report();
    const answeredAt = Date.now();
    expect(report).toMatchObject({
      member: node.member,
      version: VERSION,
      state: 'live',
      shares: { [node.member.id]: expect.closeTo(1, 9) },
      suspects: [],
      process: { pid: process.pid, logLevel: undefined },
    });
    expect(report.groups).toMatchObject([{ group: 'g', loads: 1 }]);
    expect([askedAt, report.now, answeredAt].sort((a, b) => a - b)[1]).toBe(report.now);
    expect(report.uptimeMs).toBeGreaterThan(0);
    expect(VERSION).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('has no configuration and no log level, and says where to look', async () => {
    const { admin } = await started();
    for (const asked of [admin.config(), admin.reload(), admin.logLevel('debug'), admin.logLevel(undefined)]) {
      await expect(asked).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining('it is part of a program'),
      });
    }
  });

  test('does what the program around it says in place of that', async () => {
    let level: 'info' | 'debug' = 'info';
    const { admin } = await started({
      operator: {
        config: () => 'of the program',
        logLevel: (wanted) => {
          if (wanted !== undefined) level = wanted as 'debug';
          return level;
        },
      },
    });
    expect(await admin.config()).toBe('of the program');
    expect(await admin.logLevel('debug')).toBe('debug');
    expect((await admin.report()).process.logLevel).toBe('debug');
    await expect(admin.reload()).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test.each([
    ['gRPC', adminGrpc()],
    ['HTTP', adminHttp()],
  ])('asked over %s to drain leaves the ring, after it has answered', async (_, connect) => {
    const { first, second, discoveries } = await pair();
    const admin = connect(first.member);
    cleanups.push(() => admin.close());
    expect((await admin.report(WITHIN)).state).toBe('live');
    await admin.drain(WITHIN);
    expect(first.state).toBe('draining');
    discoveries[1]!.update([second.member]);
    await first.leave(); // waits for the same end
    await expect(admin.report(WITHIN)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe.each([['grpc'], ['http']] as const)('by one member, over %s,', (peerTransport) => {
  test('another one is asked, and answers for itself', async () => {
    const { first, second } = await pair({ peerTransport });
    const report = await first.adminOf(second.member.id).report(WITHIN);
    expect(report).toMatchObject({ member: second.member, ring: second.ring });
    expect(await first.adminOf(first.member.id).report()).toMatchObject({ member: first.member });
    expect(first.adminOf(first.member.id)).toBe(first.admin);
    expect(() => first.adminOf('stranger')).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  test('it is asked as by a member, where strangers are refused', async () => {
    const door = createDoor({
      peerToken: PEER_TOKEN,
      tokens: [{ token: 'reader-0123456789', role: 'read' }],
    });
    cleanups.push(() => door.close());
    const { first, second } = await pair({ peerTransport, door, peerToken: PEER_TOKEN });
    expect(await first.adminOf(second.member.id).flights(WITHIN)).toEqual([]);
    for (const token of [undefined, 'reader-0123456789']) {
      const stranger = (peerTransport === 'http' ? adminHttp({ token }) : adminGrpc({ token }))(second.member);
      cleanups.push(() => stranger.close());
      const code = token === undefined ? 'unauthenticated' : 'permission_denied';
      await expect(stranger.flights(WITHIN)).rejects.toMatchObject({ code, answered: true });
      await expect(stranger.drain(WITHIN)).rejects.toMatchObject({ code });
    }
    expect(second.state).toBe('live');
  });

  test('a member that moved is asked at its new address, and one that has gone is not', async () => {
    const { first, second, discoveries } = await pair({ peerTransport });
    const { id } = second.member;
    const before = first.adminOf(id);
    await before.report(WITHIN);
    expect(first.adminOf(id)).toBe(before);
    discoveries[0]!.update([first.member, { ...second.member, grpc: '127.0.0.1:1', http: '127.0.0.1:1' }]);
    while (first.ring.members.every((member) => member.grpc !== '127.0.0.1:1')) await turn();
    await expect(first.adminOf(id).report(WITHIN)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(before.report(WITHIN)).rejects.toMatchObject({ code: 'unavailable' }); // closed
    discoveries[0]!.update([first.member]);
    while (first.ring.members.length > 1) await turn();
    expect(() => first.adminOf(id)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  test('nobody is asked once it has left', async () => {
    const { first, second } = await pair({ peerTransport });
    const admin = first.adminOf(second.member.id);
    await admin.report(WITHIN);
    await first.leave();
    await expect(admin.report(WITHIN)).rejects.toMatchObject({ code: 'unavailable' });
    expect(() => first.adminOf(second.member.id)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });
});
