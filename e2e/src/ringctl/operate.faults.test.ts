// An operator's work on a cluster of real daemons, done with ringctl: who is there, how they log, a configuration that
// changes, a member that leaves; and who may do it.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { freePorts } from '@ringcache/infra';

import { type Program, run, until } from '../processes.js';

jest.setTimeout(240_000);

const ADMIN = 'admin-0123456789abcdef';
const READER = 'reader-0123456789abcde';
const PEER = 'peer-0123456789abcdefg';

interface Daemon extends Program {
  readonly id: string;
  readonly file: string;
}

let folder: string;
let daemons: Daemon[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-ringctl-'));
  const ports = await freePorts(6);
  const members = [0, 2, 4].map((i) => {
    const grpc = `localhost:${ports[i]}`;
    return { id: grpc, grpc, http: `localhost:${ports[i + 1]}` };
  });
  const tokens = [
    { token: ADMIN, role: 'admin' },
    { token: READER, role: 'read' },
  ];
  daemons = await Promise.all(
    members.map(async ({ id, grpc, http }, i) => {
      const file = join(folder, `${i}.json`); // JSON is YAML
      const config = {
        member: { grpc, http },
        discovery: { type: 'static', members },
        ring: { handoff: 0 },
        access: { tokens, peerToken: PEER },
        groups: { kv: { origin: { type: 'none' } } },
      };
      await writeFile(file, JSON.stringify(config));
      return { ...run('node', ['--config', file]), id, file };
    }),
  );
  await Promise.all(daemons.map((daemon) => says(daemon, '"msg":"ready"')));
});
afterAll(async () => {
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  await rm(folder, { recursive: true });
});

const says = (daemon: Daemon, text: string) =>
  until(`${daemon.id} says ${text}`, () => daemon.lines.some((line) => line.includes(text)), { programs: [daemon] });

async function ringctl(token: string | undefined, ...args: string[]) {
  const program = run('ringctl', args, {
    RINGCTL_ENDPOINTS: daemons.map(({ id }) => id).join(','),
    ...(token === undefined ? {} : { RINGCTL_TOKEN: token }),
  });
  await program.child.exited;
  return { code: program.child.exitCode, text: program.lines.join('\n') };
}

test('members are seen with an admin token; a reader may ask for keys and owners, and is told what it may not', async () => {
  const seen = await ringctl(ADMIN, 'members');
  expect(seen.code).toBe(0);
  for (const { id } of daemons) expect(seen.text).toMatch(new RegExp(`^${id} .* live `, 'm'));
  expect((await ringctl(READER, 'owner', 'k')).code).toBe(0);
  for (const args of [
    ['members'],
    ['stats'],
    ['set', 'kv', 'k', 'v'],
    ['drain', daemons[0]!.id, '--yes'],
    ['purge', 'kv', '-y'],
  ]) {
    expect(await ringctl(READER, ...args)).toEqual({ code: 4, text: expect.stringContaining('does not allow') });
  }
  expect(await ringctl(undefined, 'owner', 'k')).toEqual({ code: 4, text: expect.stringContaining('token is needed') });
});

test('the log level changes on every member, or on one', async () => {
  const levels = async (...args: string[]) => {
    const { text } = await ringctl(ADMIN, 'log-level', ...args, '-o', 'json');
    return (JSON.parse(text) as { levels: { level: string }[] }).levels.map(({ level }) => level);
  };
  expect(await levels('debug')).toEqual(['debug', 'debug', 'debug']);
  expect(await levels('warn', '--member', daemons[1]!.id)).toEqual(['warn']);
  expect((await levels()).sort()).toEqual(['debug', 'debug', 'warn']);
  expect(await levels('info')).toEqual(['info', 'info', 'info']);
});

test('a configuration is checked, then reloaded: what can change does, the rest is named, a mistake changes nothing', async () => {
  const [daemon] = daemons as [Daemon];
  const config = JSON.parse(await readFile(daemon.file, 'utf8'));
  const write = (more: object) => writeFile(daemon.file, JSON.stringify({ ...config, ...more }));
  const reloaded = async (...args: string[]) => {
    const { code, text } = await ringctl(ADMIN, 'config', ...args, '--member', daemon.id, '-o', 'json');
    return { code, ...(JSON.parse(text) as { members: { applied: string[]; refused: string[] }[] }).members[0]! };
  };
  const groups = { kv: { origin: { type: 'none' }, ttl: '5m', policy: 'lru' } };
  await write({ groups });
  const expected = { code: 0, member: daemon.id, applied: ['groups.kv.ttl'], refused: ['groups.kv.policy'] };
  expect(await reloaded('check')).toEqual(expected);
  expect((await ringctl(ADMIN, 'config', 'print', '--member', daemon.id)).text).toContain('ttl: forever');
  expect(await reloaded('reload')).toEqual(expected);
  const printed = (await ringctl(ADMIN, 'config', 'print', '--member', daemon.id)).text;
  expect(printed).toContain('ttl: 5m');
  expect(printed).toContain('policy: auto');
  expect(printed).not.toMatch(/0123456789/);

  await write({ groups: { kv: { origin: { type: 'none' }, tll: '5m' } } });
  const bad = await ringctl(ADMIN, 'config', 'reload');
  expect(bad.code).toBe(2);
  expect(bad.text).toContain(`${daemon.id}: `);
  expect(bad.text).toContain('tll');
  await says(daemon, 'the configuration stays as it was');
});

test('a member that is drained leaves and ends; who asks for all is told that it is away', async () => {
  const [, , daemon] = daemons as [Daemon, Daemon, Daemon];
  expect((await ringctl(ADMIN, 'drain', daemon.id)).code).toBe(1); // nobody at a terminal confirms it
  expect(await ringctl(ADMIN, 'drain', daemon.id, '--yes')).toEqual({
    code: 0,
    text: `${daemon.id} is leaving the ring`,
  });
  await daemon.child.exited;
  expect(daemon.child.exitCode).toBe(0);
  const after = await ringctl(ADMIN, 'members');
  expect(after.code).not.toBe(0);
  expect(after.text).toContain(`${daemon.id} did not answer`);
});
