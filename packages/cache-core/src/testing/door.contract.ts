// What every server does for a door: it asks before each request, says what is wanted and who wants it, tells the caller what
// the door threw, and says when the request is over.

import { afterEach, describe, expect, test } from '@jest/globals';

import { systemClock } from '../clock.js';
import type { Access, Caller, Door, NodeClient, PeerClient } from '../contracts.js';
import { CacheError } from '../errors.js';
import { Group } from '../group.js';
import type { Member } from '../member.js';
import type { ExchangeRequest } from '../membership/exchange.js';
import { keyOf } from '../membership/view.js';
import type { CacheNode } from '../node.js';
import { Peers } from '../peers.js';
import type { ServedNode } from './transport.contract.js';

export interface GuardedTransport {
  serve(node: CacheNode, door: Door): Promise<ServedNode>;
  /** Clients that show a token, or none. */
  dial(token: string | undefined, served: ServedNode): PeerClient;
  connect(token: string | undefined, served: ServedNode): NodeClient;
}

const WITHIN = { timeoutMs: 120_000 }; // over a test's own limit: what is slow on a busy machine is not late
const SECRET = 'a token, 張';

/** Notes who came for what, and refuses what it is told to. */
class NotingDoor implements Door {
  readonly asked: { caller: Caller; access: Access; group: string; keys: number }[] = [];
  inside = 0;
  refuse: ((access: Access, group: string) => CacheError | undefined) | undefined;

  admit(caller: Caller, access: Access, group: string, keys: number): void {
    this.asked.push({ caller, access, group, keys });
    const error = this.refuse?.(access, group);
    if (error !== undefined) throw error;
    this.inside += keys;
  }

  leave(_access: Access, keys: number): void {
    this.inside -= keys;
  }
}

/** What a member asks of another that has just heard of it. */
function askedBy(from: Member, to: Member): ExchangeRequest {
  const status = { viewId: '', isActive: false, hears: [], isSettled: true, isLeaving: false, isGone: false };
  return {
    ...status,
    cluster: 'default',
    hashing: 'ringcache/8192',
    from: { ...from, incarnation: '1' },
    to: keyOf({ ...to, incarnation: '' }),
  };
}

export function doorContract(name: string, transport: GuardedTransport): void {
  describe(`${name} keeps the contract of doors`, () => {
    const cleanups: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    async function start(token: string | undefined = 'token-of-this-test') {
      const self: Member = { id: 'served', grpc: '', http: '', weight: 1 };
      const door = new NotingDoor();
      const peers = new Peers({ self, dial: (member) => transport.dial(token, { ...member, stop: async () => {} }) });
      const loads: string[] = [];
      const load = (key: string) => {
        loads.push(key);
        if (key === 'broken') throw new CacheError('unavailable', 'the origin is away');
        return Buffer.from(key);
      };
      const groups = ['g', 'h'].map((each) => new Group({ name: each, load, peers, clock: systemClock }));
      const node: CacheNode = { peers, groups: new Map(groups.map((group) => [group.name, group])) };
      const served = await transport.serve(node, door);
      const peer = transport.dial(token, served);
      const client = transport.connect(token, served);
      cleanups.push(
        () => served.stop(),
        ...groups.map((group) => () => group.close()),
        () => peers.close(),
        () => peer.close(),
        () => client.close(),
      );
      return { door, served, peer, client, loads, self };
    }

    test.each<[string, Access, string, (client: NodeClient) => Promise<unknown>]>([
      ['a get', 'read', 'g', (client) => client.get('g', 'k', WITHIN)],
      ['a set', 'write', 'h', (client) => client.write('h', { op: 'set', key: 'k', value: Buffer.from('v') }, WITHIN)],
      ['a delete', 'write', 'g', (client) => client.write('g', { op: 'delete', key: 'k' }, WITHIN)],
      ['a clear', 'admin', 'g', (client) => client.clear('g', WITHIN)],
      ['the list of members', 'read', '', (client) => client.members(WITHIN)],
    ])('%s is %s in group "%s", of the caller with its token', async (_, access, group, ask) => {
      const { door, client } = await start();
      await ask(client);
      expect(door.asked).toEqual([
        {
          caller: { address: expect.anything(), token: 'token-of-this-test', certificate: undefined },
          access,
          group,
          keys: 1,
        },
      ]);
      expect(door.asked[0]!.caller.address).toMatch(/127\.0\.0\.1$/);
      await eventually(() => door.inside === 0);
    });

    test.each<[string, (peer: PeerClient, self: Member) => Promise<unknown>]>([
      ['fetch', (peer) => peer.fetch('g', 'k', WITHIN)],
      ['peek', (peer) => peer.peek('g', 'k', WITHIN)],
      ['write', (peer) => peer.write('g', { op: 'delete', key: 'k' }, WITHIN)],
      ['drop', (peer) => peer.drop('g', { key: 'k', version: 1, keepsOwned: false }, WITHIN)],
      ['exchange', (peer, self) => peer.exchange(askedBy({ ...self, id: 'other' }, self), WITHIN)],
    ])("a member's %s is nobody's but a member's", async (_, ask) => {
      const { door, peer, self } = await start();
      await ask(peer, self);
      expect(door.asked).toMatchObject([{ access: 'peer', keys: 1, caller: { token: 'token-of-this-test' } }]);
      door.refuse = () => new CacheError('permission_denied', 'only members');
      await expect(ask(peer, self)).rejects.toMatchObject({
        code: 'permission_denied',
        message: 'only members',
        answered: true,
      });
    });

    test('who shows no token has none, and each keeps its own', async () => {
      const { door, served, client } = await start();
      const stranger = transport.connect(undefined, served);
      cleanups.push(() => stranger.close());
      await Promise.all([client.get('g', 'k', WITHIN), stranger.get('g', 'k', WITHIN)]);
      expect(door.asked.map(({ caller }) => caller.token).sort()).toEqual(['token-of-this-test', undefined]);
    });

    test.each([
      ['unauthenticated', undefined],
      ['permission_denied', undefined],
      ['overloaded', 1_500],
    ] as const)(
      '%s reaches the caller, nothing is done, and what follows is asked anew',
      async (code, retryAfterMs) => {
        const { door, client, loads } = await start();
        door.refuse = () => new CacheError(code, `no: ${SECRET}`, { retryAfterMs });
        await expect(client.get('g', 'k', WITHIN)).rejects.toMatchObject({ code, answered: true, retryAfterMs });
        expect(loads).toEqual([]);
        door.refuse = undefined;
        await client.get('g', 'k', WITHIN);
        expect(loads).toEqual(['k']);
      },
    );

    test('some of many at once may be refused, and the others are not', async () => {
      const { door, client } = await start();
      door.refuse = (_, group) => (group === 'h' ? new CacheError('permission_denied', 'not h') : undefined);
      const asked = ['g', 'h', 'g', 'h', 'g'].map((group) =>
        client.get(group, 'k', WITHIN).then(
          () => 'in',
          (e) => e.code,
        ),
      );
      expect(await Promise.all(asked)).toEqual(['in', 'permission_denied', 'in', 'permission_denied', 'in']);
      await eventually(() => door.inside === 0);
    });

    test('a request that fails has left as well', async () => {
      const { door, client } = await start();
      await expect(client.get('g', 'broken', WITHIN)).rejects.toMatchObject({ code: 'unavailable' });
      await eventually(() => door.inside === 0);
      expect(door.asked).toHaveLength(1);
    });
  });
}

/** Bounded by the test's own limit. */
async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
