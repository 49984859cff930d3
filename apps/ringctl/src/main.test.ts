// The program against real members, in this process, over real ports.

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { testTls, testTlsFiles } from '@ringcache/cache-core/testing/certificates';
import { parse } from 'yaml';

import { type RealRing, realRing } from './testing/real-ring.js';
import { type Ran, ringctl, spawnInTerminal, spawnRingctl } from './testing/ringctl.js';

jest.setTimeout(60_000);

const NOBODY = 'localhost:1'; // connections are refused
const SCRIPT_TAG = '<script>\x1b[2J\u202e\n';

let ring: RealRing;
beforeAll(async () => {
  ring = await realRing(3);
});
afterAll(async () => {
  await ring?.close();
});
const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const run = (...args: string[]): Promise<Ran> => ringctl(args, { env: { RINGCTL_ENDPOINTS: ring.ids[0]! } });

async function json(...args: string[]): Promise<Record<string, unknown> & { [key: string]: never }> {
  const { code, stdout, stderr } = await run(...args, '-o', 'json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(String(stdout));
}

async function listening(server: Server): Promise<string> {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  servers.push(server);
  server.on('connection', (socket) => sockets.push(socket));
  return `localhost:${(server.address() as AddressInfo).port}`;
}

describe('what every member is asked', () => {
  test('members: their addresses, state and ring, as a table, JSON and YAML', async () => {
    const { code, stdout, stderr } = await run('members');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const id of ring.ids) expect(String(stdout)).toMatch(new RegExp(`^${id} .* live `, 'm'));
    const { fingerprint } = ring.nodes[0]!.ring;
    const members = ring.ids.map((id) => expect.objectContaining({ id, state: 'live', ring: fingerprint }));
    expect(await json('members')).toMatchObject({ ringsAgree: true, members: expect.arrayContaining(members) });
    const yaml = await run('members', '-o', 'yaml');
    expect(parse(String(yaml.stdout))).toMatchObject({ members: expect.arrayContaining(members) });
  });

  test('ring: shares that add up, seen alike by all', async () => {
    const { members, rings } = (await json('ring')) as unknown as {
      members: { share: number }[];
      rings: { ring: string }[];
    };
    expect(members.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(new Set(rings.map(({ ring: hash }) => hash))).toEqual(new Set([ring.nodes[0]!.ring.fingerprint]));
  });

  test('stats and hot keys: of all members together, and of each', async () => {
    const groups = ring.nodes.map((node) => node.core.groups.get('g')!);
    for (let i = 0; i < 300; i++) await groups[i % 3]!.get('popular');
    const together = (await json('stats', '--group', 'g')) as unknown as {
      groups: { gets: number; members: number }[];
    };
    expect(together.groups).toHaveLength(1);
    expect(together.groups[0]).toMatchObject({ group: 'g', members: 3, loads: expect.any(Number) });
    expect(together.groups[0]!.gets).toBeGreaterThanOrEqual(300);
    const each = (await json('stats', '--by-member')) as unknown as { groups: object[] };
    expect(each.groups).toHaveLength(6);
    const hot = (await json('hot-keys', 'g')) as unknown as { keys: { key: string }[] };
    expect(hot.keys[0]).toMatchObject({ key: 'popular' });
    expect((await run('stats', '--group', 'nothing')).code).toBe(3);
  });

  test('stats --watch over a pipe is a document a line, until it is interrupted', async () => {
    const child = spawnRingctl(['stats', '--watch', '--interval', '100ms', '-o', 'json', '--endpoints', ring.ids[0]!]);
    let text = '';
    child.stdout!.on('data', (chunk) => (text += String(chunk)));
    while (text.split('\n').length < 4) await once(child.stdout!, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
    for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('groups');
  });

  test('a member that is away is named, and the others are told of', async () => {
    const shrunk = await realRing(2);
    await shrunk.nodes[1]!.leave();
    const endpoints = ['--endpoints', shrunk.ids[0]!, '--timeout', '3s'];
    const [members, stats] = await Promise.all([run('members', ...endpoints), run('stats', ...endpoints)]);
    await shrunk.close();
    expect(members.code).not.toBe(0);
    expect(members.stderr).toMatch(new RegExp(`^${shrunk.ids[1]} did not answer: .+\n$`));
    expect(String(members.stdout)).toMatch(new RegExp(`^${shrunk.ids[0]} .* live `, 'm'));
    expect([stats.code, String(stats.stdout)]).toEqual([members.code, expect.stringContaining('GETS')]);
  });
});

describe('keys', () => {
  test('are set, got as they are, and deleted', async () => {
    const value = Buffer.from([0, 255, 10, 13, 0x1b]);
    const set = await ringctl(['set', 'kv', 'k/../ü', '-', '--endpoints', ring.ids[1]!], { input: value });
    expect({ ...set, stdout: String(set.stdout) }).toEqual({
      code: 0,
      stderr: '',
      stdout: 'set k/../ü: every member knows\n',
    });
    expect((await run('get', 'kv', 'k/../ü')).stdout).toEqual(value);
    expect(await json('get', 'kv', 'k/../ü')).toMatchObject({ valueBase64: value.toString('base64') });
    expect((await run('delete', 'kv', 'k/../ü')).code).toBe(0);
    expect(await run('get', 'kv', 'k/../ü')).toMatchObject({ code: 3, stderr: expect.stringContaining('no such key') });
  });

  test('live as long as --ttl says', async () => {
    expect((await run('set', 'kv', 'short', 'v', '--ttl', '10m')).code).toBe(0);
    const { ttlMs } = (await json('get', 'kv', 'short')) as unknown as { ttlMs: number };
    expect(ttlMs).toBeGreaterThan(60_000);
    expect(ttlMs).toBeLessThanOrEqual(600_000);
    expect((await run('set', 'kv', 'short', 'v', '--ttl', 'soon')).code).toBe(2);
  });

  test('owner names whom the ring names', async () => {
    const peers = ring.nodes[0]!.core.peers;
    expect(await json('owner', 'some key')).toMatchObject({ owner: { id: peers.ring.owner('some key').id } });
  });

  test('inspect shows who holds a key, and nothing of it acts on the terminal', async () => {
    await ring.nodes[0]!.core.groups.get('kv')!.write({ op: 'set', key: SCRIPT_TAG, value: Buffer.from(SCRIPT_TAG) });
    const { code, stdout } = await run('inspect', 'kv', SCRIPT_TAG);
    expect([code, String(stdout)]).toEqual([0, expect.stringContaining('value     <script>\\u{1b}[2J\\u{202e}\\n')]);
    expect(String(stdout)).toMatch(/^localhost:\d+ +main .* never .* 16 B$/m);
    for (const sign of ['\x1b', '\u202e']) expect(String(stdout)).not.toContain(sign);
    const { holders, owner } = (await json('inspect', 'kv', SCRIPT_TAG)) as unknown as {
      holders: { member: string }[];
      owner: { id: string };
    };
    expect(holders.map(({ member }) => member)).toContain(owner.id);
    expect(String((await run('inspect', 'kv', 'nobody')).stdout)).toContain('no member that answered holds it');
  });

  test('purge asks, and with --yes deletes every key', async () => {
    await run('set', 'kv', 'purged', 'v');
    expect(await run('purge', 'kv')).toMatchObject({ code: 1, stderr: expect.stringContaining('say --yes') });
    expect((await run('get', 'kv', 'purged')).code).toBe(0);
    expect((await run('purge', 'kv', '--yes')).code).toBe(0);
    expect((await run('get', 'kv', 'purged')).code).toBe(3);
  });
});

describe('endpoints', () => {
  test('are tried in turn, over gRPC and HTTP', async () => {
    const http = `http://${ring.http[2]}`;
    const { code, stdout } = await run('members', '--endpoints', `${NOBODY},http://${NOBODY},${http}`);
    expect([code, String(stdout)]).toEqual([0, expect.stringContaining(ring.ids[2]!)]);
    expect((await run('get', 'g', 'k', '--endpoints', http)).stdout.toString()).toBe('k');
  });

  test('are asked over TLS, and verified, whichever way', async () => {
    const files = testTlsFiles('member');
    const safe = await realRing(2, testTls('member'));
    const ways = [`grpcs://${safe.ids[0]}`, `https://${safe.http[0]}`];
    const trusted = await Promise.all(ways.map((way) => run('members', '--endpoints', way, '--ca', files.ca)));
    const strange = await Promise.all(ways.map((way) => run('members', '--endpoints', way, '--timeout', '3s')));
    await safe.close();
    for (const { code, stdout } of trusted) {
      expect(code).toBe(0);
      for (const id of safe.ids) expect(String(stdout)).toMatch(new RegExp(`^${id} .* live `, 'm'));
    }
    for (const { code, stderr } of strange) {
      expect([[1, 5].includes(code!), stderr]).toEqual([true, expect.stringMatching(/^no member answers at .*\n$/)]);
    }
  });

  test('of which none answers are told in one line', async () => {
    const { code, stderr, stdout } = await run('members', '--endpoints', `${NOBODY},http://${NOBODY}`);
    expect([code, stdout.length]).toEqual([1, 0]);
    expect(stderr).toMatch(
      /^no member answers at localhost:1 \(.*ECONNREFUSED.*\), nor at http:\/\/localhost:1 \(.*\)\n$/,
    );
  });

  test.each(['', 'http://'])('%s: a server that says nothing ends the program within its timeout', async (scheme) => {
    const silent = await listening(createServer(() => {}));
    const env = { RINGCTL_TIMEOUT: '10m' }; // what it would wait for without the flag: over the test's own limit
    const { code, stderr } = await ringctl(['members', '--endpoints', scheme + silent, '--timeout', '500ms'], { env });
    expect([code, stderr.split('\n')]).toEqual([5, [expect.stringContaining(silent), '']]);
  });

  test.each(['', 'http://'])('%s: a server of another kind ends it with one line', async (scheme) => {
    const foreign = await listening(createHttpServer((_, response) => response.end('<html>hello</html>')));
    const { code, stderr } = await run('members', '--endpoints', scheme + foreign, '--timeout', '2s');
    expect([[1, 5].includes(code!), stderr.split('\n')]).toEqual([true, [expect.stringContaining(foreign), '']]);
  });
});

describe('bad use', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['membres'], /unknown command 'membres'/],
    ['a flag that is none', ['members', '--colour'], /unknown option/],
    ['a timeout that is none', ['members', '--timeout', 'soon'], /--timeout/],
    ['top for programs', ['top', '-o', 'json'], /stats --watch/],
    ['a log level that is none', ['log-level', 'loud'], /error, warn, info, debug/],
  ])('%s ends with 2 and says why', async (_, args, said) => {
    const { code, stderr, stdout } = await run(...args);
    expect([code, String(stdout), stderr]).toEqual([2, '', expect.stringMatching(said)]);
  });

  test('a member that is not in the ring, and a group that is not there, end with 3', async () => {
    const drained = await run('drain', 'nobody:1', '--yes');
    expect([drained.code, drained.stderr]).toEqual([3, expect.stringContaining(ring.ids[0]!)]);
    expect((await run('get', 'nothing', 'k')).code).toBe(3);
    expect((await run('hot-keys', 'nothing')).code).toBe(3);
  });
});

describe('top', () => {
  test('where there is no terminal is printed once', async () => {
    const { code, stdout } = await run('top', '--interval', '100ms');
    expect([code, String(stdout)]).toEqual([0, expect.stringMatching(/3 members, ring [0-9a-f]{8}\n.* gets\/s/)]);
    for (const id of ring.ids) expect(String(stdout)).toContain(id);
    expect(String(stdout)).not.toContain('\x1b');
  });

  test('in a terminal is drawn again and again until q, and leaves the terminal as it was', async () => {
    const child = spawnInTerminal(['top', '--interval', '100ms', '--endpoints', ring.ids[0]!], { TERM: 'xterm' });
    let text = '';
    child.stdout!.on('data', (chunk) => (text += String(chunk)));
    const isDrawnThrice = () => text.split('\x1b[H').length > 3;
    while (!isDrawnThrice()) await once(child.stdout!, 'data');
    child.stdin!.write('q');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(text).toContain('q: quit');
    expect(text).toMatch(/gets\/s/);
    expect(text.indexOf('\x1b[?1049h')).toBeLessThan(text.indexOf('localhost'));
    expect(text.trimEnd().endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
  });
});

test('without a key or member left out, help says the exit codes', async () => {
  const { code, stdout } = await run('--help');
  expect([code, String(stdout)]).toEqual([0, expect.stringMatching(/Exit codes:\n {2}0 {2}done/)]);
});
