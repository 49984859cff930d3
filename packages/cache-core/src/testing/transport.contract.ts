// What every way between members must do, whatever it speaks: run by the memory network, gRPC and HTTP.

import { afterEach, describe, expect, test } from '@jest/globals';

import { systemClock } from '../clock.js';
import type { Change, Connect, Dial, Loader, NodeClient, PeerClient } from '../contracts.js';
import { CacheError, ERROR_CODES, type ErrorCode } from '../errors.js';
import { Group } from '../group.js';
import type { Member } from '../member.js';
import type { ExchangeReply, ExchangeRequest } from '../membership/exchange.js';
import { keyOf, type View, type ViewMember } from '../membership/view.js';
import type { CacheNode } from '../node.js';
import { Peers } from '../peers.js';
import { MAX_KEY_BYTES } from '../validate.js';

export interface ServedNode {
  readonly grpc: string;
  readonly http: string;
  /** Stops serving at once; calls in flight break. */
  stop(): Promise<void>;
}

export interface Transport {
  /** Serves a node at a free address; at `again`'s address if given, which has been stopped. */
  serve(node: CacheNode, again?: ServedNode): Promise<ServedNode>;
  /** @param cluster of the members that are dialled. */
  dial(cluster: string): Dial;
  connect: Connect;
}

const MAX_VALUE_BYTES = 4 * 1024 * 1024;
const WITHIN: { timeoutMs: number } = { timeoutMs: 120_000 }; // over a test's own limit: what is slow on a busy machine is not late

/** Keys that have been lost on some wire or other. */
const STRANGE_KEYS = [
  'plain',
  '张三',
  '😀',
  'a/b',
  'a//b',
  '/lead',
  'trail/',
  '.',
  '..',
  'a/../b',
  'a+b',
  'a b',
  ' ',
  '%',
  '100%',
  '%2F',
  '%zz',
  'key?q=1#f',
  'é',
  'nul\0nul',
  '\0',
  'line\r\nbreak',
  '"quoted"',
  '\\',
  ':getMany',
  'x:drop',
  '\u{10ffff}',
  '\ufeff',
  'x'.repeat(MAX_KEY_BYTES),
  '张'.repeat(Math.floor(MAX_KEY_BYTES / 3)),
];

const STRANGE: ViewMember = { id: '张三 "#%\0:1', grpc: 'a:1', http: '', weight: 1 / 3, incarnation: 'x-Y_9' };
const PLAIN: ViewMember = { id: 'asker', grpc: '', http: 'b:2', weight: 1_000, incarnation: '' };
const VIEW: View = {
  ...{ id: '7/a#1/z', lineage: '张三#1/y', number: Number.MAX_SAFE_INTEGER, armed: true },
  ...{ members: [PLAIN, STRANGE], before: [STRANGE] },
};
const STATUS = {
  ...{ viewId: VIEW.id, hears: [keyOf(PLAIN), keyOf(STRANGE)] },
  ...{ isActive: true, isSettled: false, isLeaving: true, isGone: false },
};

export function transportContract(name: string, makeTransport: () => Transport): void {
  describe(`${name} keeps the transport contract`, () => {
    const cleanups: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    /** A node alone in its ring, with one group. */
    function makeNode(load: Loader | undefined, transport: Transport, { id = 'served', groupName = 'g' } = {}) {
      const self: ViewMember = { id, grpc: '', http: '', weight: 1, incarnation: 'present' };
      const { incarnation } = self;
      const peers = new Peers({ self, incarnation, dial: transport.dial('default'), exchanges: false });
      const group = new Group({ name: groupName, load, peers, clock: systemClock });
      const node: CacheNode = { peers, groups: new Map([[groupName, group]]) };
      cleanups.push(
        () => group.close(),
        () => peers.close(),
      );
      return { self, node, group };
    }

    /** {@link makeNode}, served, with clients. */
    async function start(load: Loader | undefined, { name: groupName = 'g', id = 'served' } = {}) {
      const transport = makeTransport();
      const { self, node, group } = makeNode(load, transport, { id, groupName });
      const served = await transport.serve(node);
      cleanups.push(() => served.stop());
      const client: NodeClient = transport.connect(served);
      cleanups.push(() => client.close());
      /** A client of who is taken to be at the address. */
      const dial = (who: Partial<ViewMember> = {}, cluster = 'default'): PeerClient => {
        const dialled = transport.dial(cluster)({ ...self, grpc: served.grpc, http: served.http, ...who });
        cleanups.push(() => dialled.close());
        return dialled;
      };
      return { transport, served, node, group, self, dial, peer: dial(), client };
    }

    test('a fetch is answered by a load, and the next from main', async () => {
      let loads = 0;
      const { peer } = await start(async (key) => {
        loads++;
        return Buffer.from(`value of ${key}`);
      });
      const first = await peer.fetch('g', 'k', WITHIN);
      const second = await peer.fetch('g', 'k', WITHIN);
      expect(text(first.value)).toBe('value of k');
      expect([first.source, second.source]).toEqual(['load', 'main']);
      expect(second.servedBy).toBe('served');
      expect(loads).toBe(1);
    });

    test('hundreds of fetches of one key at once cause one load', async () => {
      let loads = 0;
      const { peer, group } = await start(async () => {
        loads++;
        while (group.stats().serves < 50) await delay(1); // as many as a transport may have in flight, and more, wait for it
        return Buffer.from('v');
      });
      const answers = await Promise.all(Array.from({ length: 300 }, () => peer.fetch('g', 'k', WITHIN)));
      expect(new Set(answers.map((answer) => text(answer.value)))).toEqual(new Set(['v']));
      expect(loads).toBe(1);
    });

    test('strange keys arrive as they were sent, over both clients', async () => {
      const { peer, client, group } = await start(async (seen) => Buffer.from(seen));
      for (const key of STRANGE_KEYS) {
        const fetched = text((await peer.fetch('g', key, WITHIN)).value);
        const got = text((await client.get('g', key, WITHIN)).value);
        const peeked = (await peer.peek('g', key, WITHIN))?.version;
        await client.write('g', { op: 'delete', key }, WITHIN);
        expect({ fetched, got, peeked, heldOf: [key, group.peek(key)] }).toEqual({
          ...{ fetched: key, got: key, peeked: 0 },
          heldOf: [key, undefined],
        });
      }
    });

    test.each(['a/b', '张三', 'a b', '%', '..', ':x', '?'])(
      'the group %j arrives as it was sent',
      async (groupName) => {
        const { peer, client } = await start(async (key) => Buffer.from(key), { name: groupName });
        expect(text((await peer.fetch(groupName, 'k', WITHIN)).value)).toBe('k');
        expect(text((await client.get(groupName, 'k', WITHIN)).value)).toBe('k');
      },
    );

    test.each([
      ['an empty key', 'g', '', 'invalid_argument'],
      ['a key of more than 8 KiB', 'g', 'x'.repeat(MAX_KEY_BYTES + 1), 'invalid_argument'],
      ['a lone surrogate in a key', 'g', 'a\ud800b', 'invalid_argument'],
      ['an empty group', '', 'k', 'invalid_argument'],
      ['a group of more than 256 bytes', 'g'.repeat(257), 'k', 'invalid_argument'],
      ['a lone surrogate in a group', '\udfff', 'k', 'invalid_argument'],
      ['an unknown group', 'other', 'k', 'no_such_group'],
    ])('%s is refused by its code, and the next call works', async (_, group, key, code) => {
      const { peer, client } = await start(async () => Buffer.from('v'));
      const calls = [
        peer.fetch(group, key, WITHIN),
        peer.peek(group, key, WITHIN),
        peer.drop(group, { key, version: 1, keepsOwned: false }, WITHIN),
        peer.write(group, { op: 'delete', key }, WITHIN),
        client.get(group, key, WITHIN),
        client.write(group, { op: 'set', key, value: Buffer.from('v') }, WITHIN),
      ];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'CacheError', code } });
      }
      expect(text((await client.get('g', 'good', WITHIN)).value)).toBe('v');
    });

    test.each(ERROR_CODES.map((code) => [code]))(
      'a loader that fails with %s is answered with it',
      async (code: ErrorCode) => {
        const { peer, client } = await start(async () => {
          throw new CacheError(code, 'said so');
        });
        for (const outcome of await Promise.allSettled([peer.fetch('g', 'k', WITHIN), client.get('g', 'k', WITHIN)])) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'CacheError', code, answered: true } });
        }
      },
    );

    test('a loader that throws what is no CacheError is answered with internal', async () => {
      const { peer } = await start(() => {
        throw new TypeError('oops');
      });
      await expect(peer.fetch('g', 'k', WITHIN)).rejects.toMatchObject({ code: 'internal', answered: true });
    });

    test.each([0, 1, 65_536, MAX_VALUE_BYTES])('a value of %i bytes arrives whole, both ways', async (bytes) => {
      const value = Buffer.alloc(bytes, 0).map((_, i) => i % 251);
      const { peer, client } = await start(async () => value);
      expect(Buffer.compare((await peer.fetch('g', 'loaded', WITHIN)).value, value)).toBe(0);
      await client.write('g', { op: 'set', key: 'set', value }, WITHIN);
      expect(Buffer.compare((await peer.peek('g', 'set', WITHIN))!.value, value)).toBe(0);
    });

    test.each<[number | undefined, number | undefined]>([
      [undefined, Number.POSITIVE_INFINITY],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [60_000, 60_000],
      [0, undefined],
    ])('a set with a time to live of %p is held for %p', async (ttlMs, expected) => {
      const { peer, client, group } = await start(undefined);
      for (const to of [peer, client]) {
        await to.write('g', { op: 'set', key: 'k', value: Buffer.from('old') }, WITHIN);
        await to.write('g', { op: 'set', key: 'k', value: Buffer.from('v'), ttlMs }, WITHIN);
        const held = group.held('k');
        if (expected === undefined) expect(held).toBeUndefined();
        else if (expected === Number.POSITIVE_INFINITY) expect(held!.ttlMs).toBe(expected);
        else expect(held!.ttlMs).toBeLessThanOrEqual(expected);
      }
    });

    test.each([-1, Number.NaN])('a set with a time to live of %p is refused', async (ttlMs) => {
      const { peer, client } = await start(undefined);
      const change: Change = { op: 'set', key: 'k', value: Buffer.from('v'), ttlMs };
      for (const to of [peer, client]) {
        await expect(to.write('g', change, WITHIN)).rejects.toMatchObject({ code: 'invalid_argument' });
      }
    });

    test('a value over the limit is refused with too_large, set or loaded, and the next call works', async () => {
      const large = Buffer.alloc(MAX_VALUE_BYTES + 1);
      const { peer, client } = await start(async (key) => (key === 'large' ? large : Buffer.from('v')));
      const set: Change = { op: 'set', key: 'k', value: large };
      await expect(client.write('g', set, WITHIN)).rejects.toMatchObject({ code: 'too_large' });
      await expect(peer.write('g', set, WITHIN)).rejects.toMatchObject({ code: 'too_large' });
      await expect(peer.fetch('g', 'large', WITHIN)).rejects.toMatchObject({ code: 'too_large' });
      expect(text((await client.get('g', 'k', WITHIN)).value)).toBe('v');
    });

    test('peek shows what is held, with its time to live, and loads nothing', async () => {
      let loads = 0;
      const { peer } = await start(async () => {
        loads++;
        return { value: Buffer.from('v'), ttlMs: 60_000 };
      });
      expect(await peer.peek('g', 'k', WITHIN)).toBeUndefined();
      expect(loads).toBe(0);
      await peer.fetch('g', 'k', WITHIN);
      const entry = await peer.peek('g', 'k', WITHIN);
      expect(text(entry!.value)).toBe('v');
      expect(entry!.ttlMs).toBeGreaterThan(50_000);
      expect(entry!.ttlMs).toBeLessThanOrEqual(60_000);
    });

    test('an entry that does not expire says Infinity', async () => {
      const { peer, client } = await start(async () => Buffer.from('v'));
      expect((await peer.fetch('g', 'k', WITHIN)).ttlMs).toBe(Number.POSITIVE_INFINITY);
      expect((await client.get('g', 'k', WITHIN)).ttlMs).toBe(Number.POSITIVE_INFINITY);
    });

    test('a set is read back with its version and time to live, a delete takes it away', async () => {
      const { peer, client } = await start(undefined);
      const first = await client.write('g', { op: 'set', key: 'k', value: Buffer.from('1'), ttlMs: 60_000 }, WITHIN);
      const second = await peer.write('g', { op: 'set', key: 'k', value: Buffer.from('2') }, WITHIN);
      expect(first.applied).toBe('all');
      expect(second.version).toBeGreaterThan(first.version);
      expect(await client.get('g', 'k', WITHIN)).toMatchObject({ version: second.version, source: 'main' });
      await peer.write('g', { op: 'delete', key: 'k' }, WITHIN);
      await expect(client.get('g', 'k', WITHIN)).rejects.toMatchObject({ code: 'not_found', answered: true });
    });

    test('a write that a member does not acknowledge says who, and how long it can be stale', async () => {
      const { client, node } = await start(undefined);
      const away: Member = { id: 'away', grpc: '127.0.0.1:1', http: '127.0.0.1:1', weight: 1e-3 };
      node.peers.update([node.peers.self, away]);
      const key = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find((name) => node.peers.owns(name))!;
      const result = await client.write('g', { op: 'delete', key }, WITHIN);
      expect(result).toMatchObject({ applied: 'partial', missing: ['away'], staleForMs: 10_000 });
    });

    test('drop takes the copy away', async () => {
      const { peer, group } = await start(async () => Buffer.from('v'));
      await peer.fetch('g', 'k', WITHIN);
      await peer.drop('g', { key: 'k', version: 7, keepsOwned: false }, WITHIN);
      expect(group.peek('k')).toBeUndefined();
    });

    test('drop of copies leaves what the member acts as the owner of', async () => {
      const { peer, group } = await start(async () => Buffer.from('v'));
      await peer.fetch('g', 'k', WITHIN);
      await peer.drop('g', { key: 'k', version: 7, keepsOwned: true }, WITHIN);
      await peer.drop('g', { key: undefined, version: 8, keepsOwned: true }, WITHIN);
      expect(text(group.peek('k')!)).toBe('v');
    });

    test('drop without a key takes every copy away', async () => {
      const { peer, group } = await start(async () => Buffer.from('v'));
      for (const key of ['k', 'l']) await peer.fetch('g', key, WITHIN);
      await peer.drop('g', { key: undefined, version: 7, keepsOwned: false }, WITHIN);
      expect([group.peek('k'), group.peek('l')]).toEqual([undefined, undefined]);
    });

    test('clear takes every key away, and says who does not know', async () => {
      const { client, node } = await start(undefined);
      for (const key of ['k', 'l']) await client.write('g', { op: 'set', key, value: Buffer.from('v') }, WITHIN);
      expect(await client.clear('g', WITHIN)).toMatchObject({ applied: 'all' });
      for (const key of ['k', 'l']) {
        await expect(client.get('g', key, WITHIN)).rejects.toMatchObject({ code: 'not_found' });
      }
      const away: Member = { id: 'away', grpc: '127.0.0.1:1', http: '127.0.0.1:1', weight: 1 };
      node.peers.update([node.peers.self, away]);
      expect(await client.clear('g', WITHIN)).toMatchObject({ applied: 'partial', missing: ['away'] });
      await expect(client.clear('other', WITHIN)).rejects.toMatchObject({ code: 'no_such_group', answered: true });
    });

    test('an exchange arrives as it was sent, and its reply as it was given', async () => {
      const { peer, node } = await start(undefined);
      const asked: ExchangeRequest[] = [];
      let reply: ExchangeReply = { ...STATUS, view: VIEW, from: STRANGE, isGranted: true };
      node.peers.answer = (request) => {
        asked.push(request);
        return reply;
      };
      const request: ExchangeRequest = {
        ...STATUS,
        cluster: 'default',
        hashing: 'ringcache/8192',
        from: STRANGE,
        to: 'served#present',
      };
      expect(await peer.exchange(request, WITHIN)).toEqual(reply);
      reply = { ...STATUS, from: PLAIN, isGranted: false };
      const withView = { ...request, from: PLAIN, viewId: '', view: { ...VIEW, members: [], before: [] } };
      expect(await peer.exchange(withView, WITHIN)).toEqual(reply);
      expect(asked).toEqual([request, withView]);
    });

    test('a view of a thousand members arrives whole, both ways', async () => {
      const { peer, node } = await start(undefined);
      const members = Array.from({ length: 1_000 }, (_, i): ViewMember => ({ ...STRANGE, id: `${STRANGE.id}-${i}` }));
      const view = { ...VIEW, members, before: members };
      node.peers.answer = (request) => ({ ...STATUS, view: request.view, from: PLAIN, isGranted: false });
      const request = {
        ...STATUS,
        view,
        cluster: 'default',
        hashing: 'ringcache/8192',
        from: PLAIN,
        to: 'served#present',
      };
      expect((await peer.exchange(request, WITHIN)).view).toEqual(view);
    });

    test('an exchange is answered by the member, which shows its view', async () => {
      const { peer, node, self } = await start(undefined);
      const request: ExchangeRequest = {
        ...STATUS,
        viewId: '',
        cluster: 'default',
        hashing: 'ringcache/8192',
        from: PLAIN,
        to: 'served#',
      };
      const reply = await peer.exchange(request, WITHIN);
      expect(reply).toMatchObject({ from: self, viewId: node.peers.viewId, isGranted: false });
      expect(reply.view!.members.map(({ id }) => id)).toEqual(['served']);
    });

    test('an exchange that the member refuses is refused by its code', async () => {
      const { peer } = await start(undefined);
      const request: ExchangeRequest = {
        ...STATUS,
        cluster: 'default',
        hashing: 'ringcache/8192',
        from: PLAIN,
        to: 'served#before',
      };
      await expect(peer.exchange(request, WITHIN)).rejects.toMatchObject({ code: 'unavailable', answered: true });
      const elsewhere = { ...request, cluster: 'other', to: 'served#present' };
      await expect(peer.exchange(elsewhere, WITHIN)).rejects.toMatchObject({ code: 'unavailable', answered: true });
    });

    test.each<[string, Partial<ViewMember>, string]>([
      ['a process that took over the address of another is not taken for it', { id: 'other' }, 'default'],
      ['a process that came back under its id is not taken for the one before', { incarnation: 'before' }, 'default'],
      ['a process of another cluster is not taken for a member of this one', {}, 'other'],
    ])('%s', async (_, who, cluster) => {
      const loads: string[] = [];
      const { dial, peer, group, self } = await start(async (key) => {
        loads.push(key);
        return Buffer.from('v');
      });
      await peer.fetch('g', 'held', WITHIN);
      const mistaken = dial(who, cluster);
      const meant = { ...self, ...who };
      for (const call of [
        () => mistaken.fetch('g', 'k', WITHIN),
        () => mistaken.fetch('g', 'held', WITHIN),
        () => mistaken.peek('g', 'held', WITHIN),
        () => mistaken.write('g', { op: 'delete', key: 'held' }, WITHIN),
        () => mistaken.write('g', { op: 'set', key: 'held', value: Buffer.from('w') }, WITHIN),
        () => mistaken.drop('g', { key: 'held', version: 7, keepsOwned: false }, WITHIN),
        () => mistaken.drop('g', { key: undefined, version: 7, keepsOwned: false }, WITHIN),
        () =>
          mistaken.exchange({ ...STATUS, cluster, hashing: 'ringcache/8192', from: PLAIN, to: keyOf(meant) }, WITHIN),
      ]) {
        const refusal = {
          code: 'unavailable',
          answered: false,
          message: expect.stringMatching(/this process is not /),
        };
        await expect(call()).rejects.toMatchObject(refusal);
      }
      expect(loads).toEqual(['held']);
      expect(text(group.peek('held')!)).toBe('v');
      expect(text((await peer.fetch('g', 'held', WITHIN)).value)).toBe('v');
    });

    test('calls at once that are meant for another process all fail, and none is answered', async () => {
      const { dial, group } = await start(async () => Buffer.from('v'));
      const mistaken = dial({ id: 'other' });
      const calls = Array.from({ length: 100 }, (_, i) => mistaken.fetch('g', `k${i}`, WITHIN));
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', answered: false } });
      }
      expect(group.stats().serves).toBe(0);
    });

    test('a caller that knows no incarnation asks whichever process has the id', async () => {
      const { dial } = await start(async () => Buffer.from('v'));
      expect(text((await dial({ incarnation: '' }).fetch('g', 'k', WITHIN)).value)).toBe('v');
    });

    test.each([
      '127.0.0.1:1',
      'http://a:1/?b=c',
      '张三:1',
      'a b',
      ' ',
      'a,b',
      '100%',
      '%41',
      'a#b',
      '"',
      'a\0b\r\n',
      '😀',
      'é',
    ])('the member %j is asked by its name', async (id) => {
      const { dial, peer } = await start(async () => Buffer.from('v'), { id });
      expect((await peer.fetch('g', 'k', WITHIN)).servedBy).toBe(id);
      await expect(dial({ id: `${id}x` }).fetch('g', 'k', WITHIN)).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('a member that is back at its address is asked again, after another process was there', async () => {
      const { transport, served, node, peer } = await start(async () => Buffer.from('v'));
      await peer.fetch('g', 'k', WITHIN);
      await served.stop();
      const squatter = makeNode(async () => Buffer.from('forged'), transport, { id: 'squatter' });
      const squatting = await transport.serve(squatter.node, served);
      const refused = () =>
        expect(peer.fetch('g', 'k', WITHIN)).rejects.toMatchObject({ message: /this process is not / });
      await eventually(refused);
      await squatting.stop();
      const again = await transport.serve(node, served);
      cleanups.push(() => again.stop());
      expect(text((await eventually(() => peer.fetch('g', 'k', WITHIN))).value)).toBe('v');
      expect(squatter.group.stats().serves).toBe(0);
    });

    test('a member that does not act as the owner says so, and neither loads nor changes anything', async () => {
      const loads: string[] = [];
      const { peer, node, self } = await start(async (key) => {
        loads.push(key);
        return Buffer.from('v');
      });
      node.peers.update([self, { id: 'other', grpc: '127.0.0.1:1', http: '127.0.0.1:1', weight: 1_000 }]);
      const key = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find((each) => !node.peers.owns(each))!;
      const refusal = { code: 'not_owner', answered: true };
      await expect(peer.fetch('g', key, WITHIN)).rejects.toMatchObject(refusal);
      await expect(peer.write('g', { op: 'delete', key }, WITHIN)).rejects.toMatchObject(refusal);
      await expect(peer.write('g', { op: 'set', key, value: Buffer.from('w') }, WITHIN)).rejects.toMatchObject(refusal);
      expect(loads).toEqual([]);
    });

    test('the request id reaches the loader', async () => {
      const seen: (string | undefined)[] = [];
      const { peer, client } = await start(async (_, { requestId }) => {
        seen.push(requestId);
        return Buffer.from('v');
      });
      await peer.fetch('g', 'a', { ...WITHIN, requestId: 'req-1' });
      await client.get('g', 'b', { ...WITHIN, requestId: 'req-2' });
      expect(seen).toEqual(['req-1', 'req-2']);
    });

    test('where a request stands in its trace reaches the loader', async () => {
      const trace = { traceparent: `00-${'4b'.repeat(16)}-${'a1'.repeat(8)}-01`, tracestate: 'a=1,b=2' };
      const seen: unknown[] = [];
      const { peer, client } = await start(async (_, { trace: context }) => {
        seen.push(context);
        return Buffer.from('v');
      });
      await peer.fetch('g', 'a', { ...WITHIN, trace });
      await client.get('g', 'b', { ...WITHIN, trace });
      await client.get('g', 'c', { ...WITHIN, trace: { ...trace, tracestate: '' } });
      await client.get('g', 'd', WITHIN);
      expect(seen).toEqual([trace, trace, { ...trace, tracestate: '' }, undefined]);
    });

    test("a caller's timeout ends its own wait, and no other's", async () => {
      const gate = new Gate();
      const { peer } = await start(async () => {
        await gate.opened;
        return Buffer.from('v');
      });
      const patient = peer.fetch('g', 'k', WITHIN);
      await expect(peer.fetch('g', 'k', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'deadline' });
      gate.open();
      expect(text((await patient).value)).toBe('v');
    });

    test("a caller's signal ends its own wait, and no other's", async () => {
      const gate = new Gate();
      const { peer } = await start(async () => {
        await gate.opened;
        return Buffer.from('v');
      });
      const patient = peer.fetch('g', 'k', WITHIN);
      const controller = new AbortController();
      const impatient = peer.fetch('g', 'k', { signal: controller.signal });
      controller.abort();
      await expect(impatient).rejects.toMatchObject({ code: 'deadline' });
      await expect(peer.fetch('g', 'k', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'deadline' });
      gate.open();
      expect(text((await patient).value)).toBe('v');
    });

    test('a slow key holds up no other', async () => {
      const gate = new Gate();
      const { peer } = await start(async (key) => {
        if (key === 'slow') await gate.opened;
        return Buffer.from(key);
      });
      const slow = peer.fetch('g', 'slow', WITHIN);
      const quick = await Promise.all(Array.from({ length: 50 }, (_, i) => peer.fetch('g', `quick-${i}`, WITHIN)));
      expect(quick).toHaveLength(50);
      gate.open();
      expect(text((await slow).value)).toBe('slow');
    });

    test('nobody at the address: unavailable, soon, and not as an answer', async () => {
      const { transport, served, peer, client } = await start(async () => Buffer.from('v'));
      await served.stop();
      const stranger = transport.connect(served);
      cleanups.push(() => stranger.close());
      const calls = [peer.fetch('g', 'k', WITHIN), client.get('g', 'k', WITHIN), stranger.get('g', 'k', WITHIN)];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', answered: false } });
      }
    });

    test('a server that stops breaks the calls in flight, and answers again once it is back', async () => {
      const gate = new Gate();
      const { transport, served, node, peer } = await start(async (key) => {
        if (key === 'slow') await gate.opened;
        return Buffer.from('v');
      });
      const broken = peer.fetch('g', 'slow', WITHIN);
      const outcome = expect(broken).rejects.toMatchObject({ code: 'unavailable', answered: false });
      await peer.fetch('g', 'quick', WITHIN); // the slow call has arrived by now, or comes on the same way
      await served.stop();
      await outcome;
      gate.open();
      const again = await transport.serve(node, served);
      cleanups.push(() => again.stop());
      const answer = await eventually(() => peer.fetch('g', 'k', WITHIN));
      expect(text(answer.value)).toBe('v');
    });

    test('a closed client refuses calls', async () => {
      const { peer, client } = await start(async () => Buffer.from('v'));
      await peer.fetch('g', 'k', WITHIN);
      await Promise.all([peer.close(), client.close()]);
      await expect(peer.fetch('g', 'k', WITHIN)).rejects.toMatchObject({ code: 'unavailable' });
      await expect(client.get('g', 'k', WITHIN)).rejects.toMatchObject({ code: 'unavailable' });
    });

    test('members tells the ring as the node sees it', async () => {
      const { client, node } = await start(undefined);
      const other: Member = { id: 'other', grpc: '127.0.0.1:1', http: '', weight: 2 };
      node.peers.update([node.peers.self, other], true);
      expect(await client.members(WITHIN)).toEqual(node.peers.view());
      expect((await client.members(WITHIN)).stale).toBe(true);
    });
  });
}

function text(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Tries until it succeeds: a client may be told late that a server is back. Bounded by the test's own limit. */
async function eventually<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch {
      await delay(20);
    }
  }
}

class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
