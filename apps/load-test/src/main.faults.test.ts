// The program as a user runs it, against a real node in this process.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Door, Group, type Loader, type Member, Peers, systemClock } from '@ringcache/cache-core';
import { testTls, testTlsFiles } from '@ringcache/cache-core/testing/certificates';
import { commandOf } from '@ringcache/infra/testing/built';
import { Collector } from '@ringcache/tracing/testing/collector';
import { dialGrpc, type GrpcServer, serveGrpc } from '@ringcache/transport-grpc';

jest.setTimeout(60_000);

const children: ChildProcess[] = [];
let server: GrpcServer;
let peers: Peers;
const groups = new Map<string, Group>();

beforeAll(async () => {
  const starting: { node?: { peers: Peers; groups: Map<string, Group> } } = {};
  server = await serveGrpc({
    get peers() {
      return starting.node!.peers;
    },
    groups,
  });
  const self: Member = { id: 'only', grpc: server.address, http: '', weight: 1 };
  peers = new Peers({ self, dial: dialGrpc() });
  starting.node = { peers, groups };
  const score: Loader = async (key) =>
    /^\d{1,3}$|^张三$|^李四$|^王五$|^赵六$/.test(key) ? Buffer.from('100') : undefined;
  groups.set('scores', new Group({ name: 'scores', load: score, peers, clock: systemClock }));
  const held: Loader = () => new Promise(() => {});
  groups.set('held', new Group({ name: 'held', load: held, peers, clock: systemClock }));
});

afterAll(async () => {
  for (const group of groups.values()) group.close();
  await peers.close();
  await server.close();
});

/** A node with the same groups that wants certificates. */
async function serveTls() {
  const starting: { peers?: Peers } = {};
  const node = {
    get peers() {
      return starting.peers!;
    },
    groups,
  };
  const tls = testTls('member');
  const { address, close } = await serveGrpc(node, { tls, clientAuth: 'required' });
  const member: Member = { id: 'tls', grpc: address, http: '', weight: 1 };
  starting.peers = new Peers({ self: member, dial: dialGrpc({ tls }) });
  const stop = () => Promise.all([close(), starting.peers!.close()]);
  return { member, stop };
}

function start(...args: string[]) {
  return startWith([], {}, ...args);
}

function startIn(environment: NodeJS.ProcessEnv, ...args: string[]) {
  return startWith([], environment, ...args);
}

function startWith(nodeFlags: readonly string[], environment: NodeJS.ProcessEnv, ...args: string[]) {
  const { NODE_OPTIONS: _, RINGCACHE_NODES: __, ...inherited } = process.env;
  const env = { ...inherited, ...environment };
  const [node, ...main] = commandOf('load-test', nodeFlags);
  const child = spawn(node, [...main, ...args], { env: { ...env, NO_COLOR: '1' } });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (out.stdout += chunk));
  child.stderr.on('data', (chunk) => (out.stderr += chunk));
  const ended = once(child, 'close').then(([code]) => ({ ...out, code: code as number }));
  children.push(child);
  return { child, out, ended };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL'); // what a test that failed has left
});

/** Resolves when the node has counted the given number of further gets of a group. */
async function getsOf(name: string, more: number): Promise<void> {
  const gets = () => groups.get(name)!.stats().gets;
  for (const wanted = gets() + more; gets() < wanted; await pause(5));
}

const atNode = () => ['--nodes', server.address];
const run = (...args: string[]) => start(...args, ...atNode()).ended;

describe('single', () => {
  test('prints the value, who served it, and whether it was a hit', async () => {
    const first = await run('single', '张三');
    expect([first.code, first.stdout]).toEqual([
      0,
      expect.stringMatching(/^100\nserved by only, loaded from the origin, /),
    ]);
    const second = await run('single', '张三');
    expect(second.stdout).toMatch(/^100\nserved by only, a hit \(main\), /);
  });

  test('sends a trace of it to the collector that it is told', async () => {
    const collector = await Collector.start();
    try {
      const { code, stderr } = await run(
        'single',
        '王五',
        '--tracing-endpoint',
        collector.endpoint,
        '--tracing-sample-ratio',
        '1',
      );
      expect([code, stderr]).toEqual([0, '']);
      expect(collector.spans).toMatchObject([
        { name: 'ringcache.v1.Cache/Get', kind: 'client', resource: { 'service.name': 'ringcache-load-test' } },
      ]);
    } finally {
      await collector.close();
    }
  });

  test('asks over TLS, and shows its certificate', async () => {
    const { member, stop } = await serveTls();
    try {
      const { ca, cert, key } = testTlsFiles('client');
      const at = ['single', '1', '--nodes', member.grpc, '--timeout', '2s', '--tls-ca', ca];
      const answered = await start(...at, '--tls-cert', cert, '--tls-key', key).ended;
      expect([answered.stderr, answered.code]).toEqual(['', 0]);
      const refused = await start(...at).ended;
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/wants a certificate of ours|does it refuse our certificate/),
      });
    } finally {
      await stop();
    }
  });

  test('shows the token that the environment names', async () => {
    const shown: (string | undefined)[] = [];
    const door: Door = { admit: ({ token }) => void shown.push(token), leave: () => {} };
    const guarded = await serveGrpc({ peers, groups }, { door });
    peers.update([{ ...peers.self, grpc: guarded.address }], false);
    try {
      const args = ['single', '3', '--nodes', guarded.address];
      expect(await startIn({ RINGCACHE_TOKEN: 'a-token-of-ours-42' }, ...args).ended).toMatchObject({ code: 0 });
      expect(new Set(shown)).toEqual(new Set(['a-token-of-ours-42']));
    } finally {
      peers.update([peers.self], false);
      await guarded.close();
    }
  });

  test('prints JSON', async () => {
    const { stdout } = await run('single', '2', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ key: '2', value: '100', hit: false, source: 'load', servedBy: 'only' });
  });

  test('ends with 1 for a key that there is not, and says so', async () => {
    const { code, stderr } = await run('single', '谁');
    expect([code, stderr]).toEqual([1, expect.stringContaining('not_found')]);
  });
});

describe('loop', () => {
  test('prints a line each, then what came of it', async () => {
    const { code, stdout } = await run('loop', '--count', '20', '--interval', '1ms', '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const summary = lines.pop()!;
    expect(code).toBe(0);
    expect(lines).toHaveLength(20);
    expect(summary).toMatchObject({ total: 20, notFound: 4, failures: 0 });
    expect(Number(summary.hits) + Number(summary.loaded)).toBe(16);
  });

  test('goes on until it is interrupted, and prints what came of it then', async () => {
    const { child, out, ended } = start('loop', '--interval', '5ms', '--nodes', server.address);
    while (out.stdout.split('\n').length < 10) await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/张三 → 100 {2}(hit|loaded) at only/);
    expect(stdout).toMatch(/不存在 → no such student/);
    expect(stdout).toMatch(/hit ratio/);
  });
});

describe('bench', () => {
  test('measures callers that ask again when they are answered', async () => {
    const { child, ended } = start('bench', '--duration', '1h', '--concurrency', '8', ...atNode(), '--json');
    await getsOf('scores', 8 * 10);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    const result = JSON.parse(stdout) as {
      seconds: number;
      total: number;
      getsPerSecond: number;
      failures: number;
      latency: { percentiles: Record<string, number> };
    };
    expect([code, result.failures]).toEqual([0, 0]);
    expect(result.total).toBeGreaterThanOrEqual(8 * 10);
    expect(result.getsPerSecond).toBeCloseTo(result.total / result.seconds);
    const { p50, p90, p99 } = result.latency.percentiles as { p50: number; p90: number; p99: number };
    expect(p50 <= p90 && p90 <= p99 && p50 > 0).toBe(true);
  });

  test('ends when its time is up, however often memory is collected meanwhile', async () => {
    const args = ['bench', '--duration', '1s', ...atNode(), '--json'];
    const { code, stdout } = await startWith(['--gc-interval=20000'], {}, ...args).ended;
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { seconds: number }).seconds).toBeGreaterThan(0.99); // a timer may be a millisecond early
  });

  test('with a rate sends requests when they are due, though none is answered', async () => {
    const { child } = start('bench', '--group', 'held', '--rate', '100', '--keys', '1', ...atNode());
    await getsOf('held', 30);
    child.kill('SIGKILL');
  });

  test('counts latency from when a request was due', async () => {
    const { child, ended } = start('bench', '--rate', '100', '--duration', '1h', ...atNode(), '--json');
    await getsOf('scores', 10);
    child.kill('SIGSTOP');
    await pause(500); // of requests that are due, and are not sent
    child.kill('SIGCONT');
    await getsOf('scores', 50); // those
    child.kill('SIGINT');
    const { latency } = JSON.parse((await ended).stdout) as { latency: { maxUs: number } };
    expect(latency.maxUs).toBeGreaterThan(400_000);
  });

  test('prints a table for people', async () => {
    const { stdout } = await run('bench', '--duration', '200ms');
    expect(stdout).toMatch(/gets\/s .*\n[\s\S]*p99\.9 /);
  });
});

describe('what is wrong', () => {
  test('in a flag ends with 2 and its name', async () => {
    const { code, stderr } = await run('bench', '--duration', 'soon');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/duration.*"soon"/)]);
  });

  test('no members ends with 1 and where it looked, in time', async () => {
    const { ended } = start('single', 'k', '--nodes', '127.0.0.1:1', '--timeout', '500ms');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('no members found through nodes 127.0.0.1:1 within 500 ms'),
    ]);
  });

  test.each(['single', 'loop', 'bench'])('%s --help says how it is used', async (command) => {
    const { code, stdout } = await start(command, '--help').ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Usage: load-test[\s\S]*Example/)]);
  });
});
