// What every way to a member's Admin must do: run by the local one, gRPC and HTTP.

import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from '@jest/globals';

import type { Admin, AdminClient, ConnectAdmin, LogLevel, ProcessReport } from '../admin.js';
import { systemClock } from '../clock.js';
import type { Access, Caller, Connect, Door, Loader } from '../contracts.js';
import { CacheError } from '../errors.js';
import { Group } from '../group.js';
import type { GroupOptions } from '../group-options.js';
import { localAdmin } from '../local-admin.js';
import { type Member, ofNoProcess } from '../member.js';
import type { CacheNode } from '../node.js';
import type { Operator } from '../operator.js';
import { Peers } from '../peers.js';
import type { ServedNode } from './transport.contract.js';

export interface AdminServing {
  readonly door?: Door | undefined;
  /** Where to listen; default: loopback. */
  readonly address?: string | undefined;
}

export interface AdminTransport {
  serve(node: CacheNode, admin: Admin, options: AdminServing): Promise<ServedNode>;
  admin: ConnectAdmin;
  connect: Connect;
}

const WITHIN = { timeoutMs: 120_000 }; // over a test's own limit: what is slow on a busy machine is not late
const CONFIG = `groups:\n  scores: { ttl: 1m } # 张三, 😀, "quoted"\n${'# long\n'.repeat(20_000)}`;
const PROCESS: ProcessReport = {
  pid: 4_711,
  eventLoopDelayMs: { p50: 0.25, p99: 3.5, max: 120.125 },
  cpu: 0.375,
  rssBytes: 123_456_789,
  heapBytes: 45_678_901,
  logLevel: 'info',
};

/** Does what it is told, and notes it. */
class NotingOperator implements Operator {
  readonly version = '1.2.3-test';
  readonly reloads: boolean[] = [];
  level: LogLevel = 'info';
  drains = 0;
  failure: CacheError | undefined;

  now(): number {
    return 1_800_000_000_000.5;
  }
  uptimeMs(): number {
    return 61_234.5;
  }
  state(): 'live' {
    return 'live';
  }
  process(): ProcessReport {
    return { ...PROCESS, logLevel: this.level };
  }
  drain(): void {
    this.drains++;
  }
  logLevel(level: LogLevel | undefined): LogLevel {
    this.level = level ?? this.level;
    return this.level;
  }
  config(): string {
    if (this.failure !== undefined) throw this.failure;
    return CONFIG;
  }
  async reload(dryRun: boolean) {
    if (this.failure !== undefined) throw this.failure;
    this.reloads.push(dryRun);
    return { applied: ['log.level', 'groups.张三.ttl'], refused: dryRun ? [] : ['member.id'] };
  }
}

/** @param transport undefined: the admin of the node in this process. */
export function adminContract(name: string, transport?: AdminTransport): void {
  describe(`${name} keeps the contract of Admin:`, () => {
    const cleanups: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    async function start(load?: Loader, limits: Partial<GroupOptions> = {}, serving: AdminServing = {}) {
      const self: Member = { id: 'served', grpc: 'a:1', http: 'a:2', weight: 1 };
      const peers = new Peers({ self, dial: () => silentPeer(), exchanges: false, replicas: 16, handoffMs: 0 });
      const group = new Group({ name: 'g', load, peers, clock: systemClock, ttlJitter: 0, ...limits });
      const node: CacheNode = { peers, groups: new Map([['g', group]]) };
      const operator = new NotingOperator();
      const local = localAdmin(node, operator);
      const served = await transport?.serve(node, local, serving);
      const admin = served === undefined ? undefined : transport!.admin(served);
      cleanups.push(
        () => served?.stop(),
        () => group.close(),
        () => peers.close(),
        () => admin?.close(),
      );
      return { node, peers, group, operator, local, served, admin: (admin ?? local) as AdminClient };
    }

    /** The key of another member, which never answers. */
    function keyOfOther(peers: Peers): string {
      peers.update([peers.self, { id: 'silent', grpc: 'b:1', http: 'b:2', weight: 2 }]);
      for (let i = 0; ; i++) if (!peers.owns(`k${i}`)) return `k${i}`;
    }

    describe('the report', () => {
      test('is what the node and its operator say', async () => {
        const { admin, local, peers, group, operator } = await start((key) => Buffer.from(key));
        operator.level = 'debug';
        peers.update([peers.self, { id: 'other', grpc: '', http: 'c:1', weight: 2 }], true);
        const own = ownKey(peers, 'k');
        for (let asked = 0; asked < 3; asked++) await group.get(own, WITHIN);
        peers.breakers.failed('other');
        const report = await admin.report(WITHIN);
        expect(report).toEqual(await local.report());
        expect(report).toMatchObject({
          member: ofNoProcess(peers.self),
          version: '1.2.3-test',
          state: 'live',
          now: 1_800_000_000_000.5,
          uptimeMs: 61_234.5,
          ring: peers.view(),
          suspects: ['other'],
          process: { ...PROCESS, logLevel: 'debug' },
        });
        expect(report.shares.served! + report.shares.other!).toBeCloseTo(1, 9);
        expect(report.groups).toMatchObject([{ group: 'g', policy: { name: 'auto' }, missRatioCurve: [] }]);
        expect(report.groups[0]!.policy.choice).toMatch(/window/);
        expect(report.limits).toContainEqual({ name: 'connections', size: expect.any(Number), limit: 10_000 });
        expect(report.limits).toContainEqual({ name: 'g: loads', size: 0, limit: 100_000 });
        for (const { name, size, limit } of report.limits) expect([name, size <= limit]).toEqual([name, true]);
      });

      test('tells of loads that failed, the latest first, and how long loads took', async () => {
        const { admin, group } = await start((key) => {
          if (key.startsWith('bad')) throw new CacheError('unavailable', `the origin is away: ${key}`);
          return Buffer.from(key);
        });
        const before = (await admin.report(WITHIN)).groups[0]!;
        expect([before.loadMs, before.fetchMs, before.failures]).toEqual([undefined, undefined, []]);
        for (const key of ['good', 'bad 1', `bad 2 ${'x'.repeat(500)}`]) await group.get(key).catch(() => {});
        const { failures, loadMs, fetchMs } = (await admin.report(WITHIN)).groups[0]!;
        expect(failures).toMatchObject([
          { key: `bad 2 ${'x'.repeat(94)}`, code: 'unavailable', message: expect.stringContaining('away') },
          { key: 'bad 1', code: 'unavailable', message: 'the origin is away: bad 1' },
        ]);
        expect(failures[0]!.at).toBeLessThanOrEqual(1_800_000_000_000.5);
        expect(failures[0]!.at).toBeGreaterThan(1_800_000_000_000.5 - 10_000);
        expect(loadMs).toMatchObject({ count: 3 });
        expect(loadMs!.p50).toBeLessThanOrEqual(loadMs!.max);
        expect(fetchMs).toBeUndefined();
      });

      test('tells of a load that outlasts its time, once, though its origin may fail later still', async () => {
        const { admin, group } = await start(
          (_, { signal }) =>
            new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cut off')))),
          { flightTimeoutMs: 20 },
        );
        await expect(group.get('k')).rejects.toMatchObject({ code: 'deadline' });
        expect((await admin.report(WITHIN)).groups[0]!.failures).toMatchObject([
          { key: 'k', code: 'deadline', message: 'no answer within 20 ms', ms: 20 },
        ]);
      });

      test('has the curve of misses, smallest size first, once there is one', async () => {
        const { admin, group } = await start((key) => Buffer.alloc(1_000, key), { maxBytes: 1024 * 1024 });
        for (let i = 0; i < 8_000; i++) await group.get(`k${(i * i) % 2_003}`);
        const { missRatioCurve } = (await admin.report(WITHIN)).groups[0]!;
        expect(missRatioCurve).toHaveLength(32);
        expect(missRatioCurve.at(-1)!.bytes).toBeCloseTo(4 * 1024 * 1024, -1);
        const ratios = missRatioCurve.map(({ missRatio }) => missRatio);
        expect(ratios[0]).toBeGreaterThan(ratios.at(-1)!);
        expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
      });
    });

    describe('inspect', () => {
      test.each(['Tom', '张三', '😀/a b+c%?&=#', '..', 'nul\0\r\n', 'x'.repeat(8_192)])(
        'finds what is held of %j, and counts no read',
        async (key) => {
          const { admin, group, peers } = await start(undefined, { ttlMs: 60_000 });
          await group.write({ op: 'set', key, value: Buffer.from([0, 255, 128, 10]) });
          const before = group.stats();
          const report = await admin.inspect('g', key, WITHIN);
          const { hash, point } = peers.ring.locate(key);
          const owner = ofNoProcess(peers.ring.owner(key));
          expect(report).toMatchObject({ group: 'g', key, hash, point, at: peers.ring.placeOf(key), owner });
          expect(report.successor).toBeUndefined();
          expect(report.held).toMatchObject({ in: 'main', absent: false, bytes: 4, previewBase64: 'AP+ACg==' });
          expect(report.held!.ageMs).toBeGreaterThanOrEqual(0);
          expect(report.held!.version).toBeGreaterThan(0);
          expect(report.held!.ttlMs).toBeGreaterThan(50_000);
          expect(report.held!.ttlMs).toBeLessThanOrEqual(60_000);
          expect(group.stats()).toEqual(before);
        },
      );

      test('says that nothing is held, and loads nothing', async () => {
        let loads = 0;
        const { admin } = await start(() => Buffer.from(`${++loads}`));
        expect((await admin.inspect('g', 'k', WITHIN)).held).toBeUndefined();
        expect(loads).toBe(0);
      });

      test('tells apart what does not expire, what is empty, and what the origin does not have', async () => {
        const { admin, group } = await start((key) => (key === 'empty' ? new Uint8Array() : undefined), {
          negativeTtlMs: 30_000,
        });
        await group.get('empty');
        await group.get('none').catch(() => {});
        const empty = (await admin.inspect('g', 'empty', WITHIN)).held!;
        expect(empty).toMatchObject({ absent: false, bytes: 0, previewBase64: '', version: 0 });
        expect(empty.ttlMs).toBeUndefined();
        expect((await admin.inspect('g', 'none', WITHIN)).held).toMatchObject({ absent: true, bytes: 0 });
      });

      test('finds what has expired and is kept for a while', async () => {
        const { admin, group } = await start(() => ({ value: Buffer.from('v'), ttlMs: 1 }), { staleIfErrorMs: 60_000 });
        await group.get('k');
        let ttlMs = 1;
        while (ttlMs > 0) ttlMs = (await admin.inspect('g', 'k', WITHIN)).held!.ttlMs!;
        expect((await admin.inspect('g', 'k', WITHIN)).held).toMatchObject({ in: 'main', previewBase64: 'dg==' });
      });

      test('names owner and successor, and a preview is cut', async () => {
        const { admin, group, peers } = await start(() => Buffer.alloc(100_000, 'v'));
        await group.get('k');
        peers.update([peers.self, { id: 'other', grpc: '', http: '', weight: 1 }]);
        const report = await admin.inspect('g', 'k', WITHIN);
        expect([report.owner, report.successor]).toEqual(peers.ring.owners('k', 2).map(ofNoProcess));
        expect(report.held!.bytes).toBe(100_000);
        expect(Buffer.from(report.held!.previewBase64, 'base64')).toEqual(Buffer.alloc(1_024, 'v'));
      });

      test('refuses what is no key, and a group that is not there', async () => {
        const { admin } = await start();
        await expect(admin.inspect('g', '', WITHIN)).rejects.toMatchObject({ code: 'invalid_argument' });
        await expect(admin.inspect('nobody', 'k', WITHIN)).rejects.toMatchObject({ code: 'no_such_group' });
      });
    });

    test('hot keys are the most asked for, whoever owns them, and no more than wanted', async () => {
      const { admin, group, peers } = await start((key) => Buffer.from(key), { flightTimeoutMs: 50 });
      const other = keyOfOther(peers);
      const own = ['x', 'y', 'z'].map((each) => ownKey(peers, each));
      for (const [i, key] of own.entries()) for (let asked = 0; asked < 30 - 10 * i; asked++) await group.get(key);
      for (let asked = 0; asked < 25; asked++) await group.get(other).catch(() => {});
      const hot = await admin.hotKeys('g', 3, WITHIN);
      expect(hot.map(({ key, owned }) => [key, owned])).toEqual([
        [own[0], true],
        [other, false],
        [own[1], true],
      ]);
      expect(hot[0]!.count).toBeGreaterThan(25);
      expect(hot[0]!.count).toBeLessThanOrEqual(30);
    });

    test.each([0, -1, 1.5, 1_001, 2 ** 40, Number.NaN])('%d hot keys are refused', async (limit) => {
      const { admin } = await start();
      await expect(admin.hotKeys('g', limit, WITHIN)).rejects.toMatchObject({ code: 'invalid_argument' });
    });

    test('flights are those in progress, the oldest first', async () => {
      const { admin, group, peers } = await start(() => new Promise(() => {}));
      expect(await admin.flights(WITHIN)).toEqual([]);
      const other = keyOfOther(peers);
      const own = ownKey(peers, 'x'.repeat(300));
      for (const key of [other, own]) group.get(key).catch(() => {});
      const begun = systemClock.now();
      while (systemClock.now() === begun);
      for (let i = 0; i < 3; i++) group.get(ownKey(peers, 'late')).catch(() => {});
      const flights = await admin.flights(WITHIN);
      expect(flights.map(({ group: of, key, kind }) => [of, key, kind])).toEqual(
        expect.arrayContaining([
          ['g', other, 'fetch'],
          ['g', own.slice(0, 256), 'load'],
          ['g', ownKey(peers, 'late'), 'load'],
        ]),
      );
      expect(flights).toHaveLength(3);
      expect(flights[2]!.key).toBe(ownKey(peers, 'late'));
      const ages = flights.map(({ ageMs }) => ageMs);
      expect(ages).toEqual([...ages].sort((a, b) => b - a));
      expect(flights.map(({ waiting }) => waiting)).toEqual([1, 1, 3]);
    });

    test('a thousand flights are told of, with the longest of keys, and no more', async () => {
      const { admin, group, peers } = await start(() => new Promise(() => {}));
      for (let i = 0; i < 1_200; i++) group.get(ownKey(peers, `${i} ${'\0'.repeat(2_000)}`)).catch(() => {});
      expect(await admin.flights(WITHIN)).toHaveLength(1_000);
    });

    test('a drain is begun once for each time it is asked for', async () => {
      const { admin, operator } = await start();
      expect(await admin.drain(WITHIN)).toBeUndefined();
      expect(operator.drains).toBe(1);
    });

    test('the log level is asked for, and set', async () => {
      const { admin, operator } = await start();
      expect(await admin.logLevel(undefined, WITHIN)).toBe('info');
      for (const level of ['debug', 'warn', 'error', 'info'] as const) {
        expect(await admin.logLevel(level, WITHIN)).toBe(level);
        expect(operator.level).toBe(level);
      }
      await expect(admin.logLevel('loud' as LogLevel, WITHIN)).rejects.toMatchObject({
        code: 'invalid_argument',
        message: 'a log level is one of error, warn, info, debug, not "loud"',
      });
      expect(operator.level).toBe('info');
    });

    test('the configuration comes as it is written', async () => {
      const { admin } = await start();
      expect(await admin.config(WITHIN)).toBe(CONFIG);
    });

    test('a reload says what it applied and what it could not; a dry run does nothing', async () => {
      const { admin, operator } = await start();
      expect(await admin.reload(WITHIN)).toEqual({ applied: ['log.level', 'groups.张三.ttl'], refused: ['member.id'] });
      expect(await admin.reload({ ...WITHIN, dryRun: true })).toMatchObject({ refused: [] });
      expect(operator.reloads).toEqual([false, true]);
    });

    test('what the operator refuses reaches whoever asked, in its words', async () => {
      const { admin, operator } = await start();
      operator.failure = new CacheError('invalid_argument', 'groups.g.ttl: "soon" is no duration\nlog.level: …');
      await expect(admin.config(WITHIN)).rejects.toMatchObject({
        code: 'invalid_argument',
        message: operator.failure.message,
      });
      await expect(admin.reload(WITHIN)).rejects.toMatchObject({ code: 'invalid_argument' });
    });

    if (transport !== undefined) describe('over a wire,', () => remoteTests(transport, start, cleanups));
  });
}

const QUESTIONS: readonly [string, string, (admin: Admin) => Promise<unknown>][] = [
  ['report', '', (admin) => admin.report(WITHIN)],
  ['inspect', 'g', (admin) => admin.inspect('g', 'k', WITHIN)],
  ['hotKeys', 'g', (admin) => admin.hotKeys('g', 10, WITHIN)],
  ['flights', '', (admin) => admin.flights(WITHIN)],
  ['drain', '', (admin) => admin.drain(WITHIN)],
  ['logLevel', '', (admin) => admin.logLevel('debug', WITHIN)],
  ['config', '', (admin) => admin.config(WITHIN)],
  ['reload', '', (admin) => admin.reload(WITHIN)],
];

type Started = { operator: NotingOperator; served: ServedNode | undefined; admin: AdminClient };

function remoteTests(
  transport: AdminTransport,
  start: (load?: Loader, limits?: Partial<GroupOptions>, serving?: AdminServing) => Promise<Started>,
  cleanups: (() => Promise<void> | void)[],
): void {
  const refusing = (asked: string[]): Door => ({
    admit(_: Caller, access: Access, group: string) {
      asked.push(`${access} ${group}`);
      throw new CacheError('permission_denied', 'not you');
    },
    leave() {},
  });

  test.each(QUESTIONS)('%s needs the role admin, and without it nothing is done', async (_, group, ask) => {
    const asked: string[] = [];
    const { admin, operator } = await start(undefined, {}, { door: refusing(asked) });
    await expect(ask(admin)).rejects.toMatchObject({ code: 'permission_denied', message: 'not you', answered: true });
    expect(asked).toEqual([`admin ${group}`]);
    expect([operator.drains, operator.level, operator.reloads]).toEqual([0, 'info', []]);
  });

  test('what is wrong is an answer of the member; that nobody answers is not', async () => {
    const { admin, served } = await start();
    await expect(admin.inspect('nobody', 'k', WITHIN)).rejects.toMatchObject({ answered: true });
    await served!.stop();
    await expect(admin.report(WITHIN)).rejects.toMatchObject({ code: 'unavailable', answered: false });
  });

  test('who is closed asks nothing more', async () => {
    const { admin } = await start();
    await admin.report(WITHIN);
    await admin.close();
    await expect(admin.report(WITHIN)).rejects.toMatchObject({ code: 'unavailable' });
  });

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
  const onNetwork = outside === undefined ? test.skip : test;

  onNetwork(
    'without a door it is for this machine alone; clients are answered wherever they are (needs a network interface)',
    async () => {
      const { served, operator } = await start((key) => Buffer.from(key), {}, { address: '0.0.0.0:0' });
      const at = { grpc: moved(served!.grpc, outside!), http: moved(served!.http, outside!) };
      const admin = transport.admin(at);
      const client = transport.connect(at);
      cleanups.push(
        () => admin.close(),
        () => client.close(),
      );
      for (const [, , ask] of QUESTIONS) {
        await expect(ask(admin)).rejects.toMatchObject({
          code: 'permission_denied',
          message: expect.stringContaining('access.tokens'),
          answered: true,
        });
      }
      await expect(client.clear('g', WITHIN)).rejects.toMatchObject({ code: 'permission_denied' });
      expect([operator.drains, operator.level, operator.reloads]).toEqual([0, 'info', []]);
      expect((await client.members(WITHIN)).self).toBe('served');
      expect(Buffer.from((await client.get('g', 'k', WITHIN)).value).toString()).toBe('k');
    },
  );
}

function moved(address: string, host: string): string {
  return address === '' ? '' : `${host}:${address.slice(address.lastIndexOf(':') + 1)}`;
}

/** A key that begins so, or one like it, that the member itself owns. */
function ownKey(peers: Peers, begin: string): string {
  for (let i = 0; ; i++) if (peers.owns(`${begin}${i}`)) return `${begin}${i}`;
}

function silentPeer() {
  const never = () => new Promise<never>(() => {});
  return { fetch: never, peek: never, write: never, drop: never, exchange: never, close: async () => {} };
}
