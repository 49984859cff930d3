// Several members as one service, from outside: real processes, as they are started by hand.

import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePort, PortTakenError, requirePorts } from '@ringcache/infra';

import { killDaemons, runDaemon } from './testing/run-daemon.js';

jest.setTimeout(90_000);

let folder: string;
let started: Awaited<ReturnType<typeof runDaemon>>[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-service-'));
  await writeFile(join(folder, 'who.mjs'), 'export default () => String(process.pid);');
  await writeFile(
    join(folder, 'slow-close.mjs'),
    'export default (key) => key; export const close = () => new Promise(() => {});',
  );
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  const pids = started.flatMap(pidsOf);
  started = [];
  killDaemons();
  for (const pid of pids) if (runs(pid)) process.kill(pid, 'SIGKILL'); // whoever a test that failed has left behind
});

async function run(config: object, ...args: string[]) {
  const service = await runDaemon(folder, config, ...args);
  started.push(service);
  return service;
}

/** So many ports in a row that nobody listens on now; the first of them. */
async function freeRange(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    const range = Array.from({ length: count }, (_, i) => first + i);
    try {
      await requirePorts(range, 'a test');
      return first;
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
    }
  }
}

/** The configuration of a service, and its members. */
async function several(processes: number, loader = 'who.mjs', shutdown: object = {}) {
  const first = await freeRange(2 * processes);
  const members = Array.from({ length: processes }, (_, i) => {
    const grpc = `localhost:${first + i}`;
    return { id: grpc, grpc, http: `localhost:${first + processes + i}` };
  });
  const { id: _, ...member } = members[0]!;
  const groups = { g: { origin: { type: 'module', path: loader } } };
  return { config: { processes, member, discovery: { type: 'static', members }, groups, shutdown }, members };
}

/** Of the members as they were started, and those that were started again after them. */
function pidsOf({ output }: { output: { text: string } }): number[] {
  return [...output.text.matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid));
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** Where process 1 adopts no orphans, as often in a container, the dead stay visible for ever. */
function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/s, ''));
  } catch {
    return false; // no Linux, or it is gone by now
  }
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

let asked = 0;

/** Who loads keys that nobody has asked for before, asked through this member. */
async function loadersOf(member: { http: string }): Promise<Set<number>> {
  const keys = Array.from({ length: 60 }, () => `key-${asked++}`);
  const answers = keys.map(async (key) => (await fetch(`http://${member.http}/v1/groups/g/keys/${key}`)).text());
  return new Set((await Promise.all(answers)).map(Number));
}

describe('a service of several members', () => {
  test('is one ring, takes back a member that was killed, or told to leave, and ends with 0 when all have left', async () => {
    const { config, members } = await several(3, 'who.mjs', { leaveTimeout: '50ms' });
    const { child, says, output, exited } = await run({ ...config, ring: { handoff: '50ms' } });
    await says('"msg":"ready"', 3);
    const pids = pidsOf({ output });
    expect(output.text).toMatch(/"name":"service","msg":"started 3 members","members":\[\{"id":"localhost:\d+"/);
    for (const { http } of members) expect((await fetch(`http://${http}/readyz`)).status).toBe(200);
    // Until members have found each other, and where one has ended, each loads for itself.
    const whole = async (pids: number[]) => {
      for (const member of members) await until(async () => isDeepStrictEqual(await loadersOf(member), new Set(pids)));
    };
    await whole(pids);

    process.kill(pids[1]!, 'SIGKILL');
    await says('"msg":"ready"', 4);
    expect(output.text).toContain(`member ${members[1]!.id} ended: SIGKILL; it is started again`);
    const again = pidsOf({ output }).at(-1)!;
    await whole([pids[0]!, again, pids[2]!]);

    process.kill(pids[0]!, 'SIGTERM');
    await says('"msg":"ready"', 5);
    expect(output.text).toContain(`member ${members[0]!.id} ended: exit code 0; it is started again`);
    await whole([pidsOf({ output }).at(-1)!, again, pids[2]!]);

    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(output.text.split('the service ends: leaving the ring').length).toBe(4);
    expect(output.text).toMatch(/"name":"service","msg":"stopped"\}\n$/);
    expect(pidsOf({ output }).filter(runs)).toEqual([]);
    for (const line of output.text.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('name');
  });

  test('leaves no member behind when it is killed', async () => {
    const { config } = await several(2);
    const { child, says, output, exited } = await run(config);
    await says('"msg":"ready"', 2);
    child.kill('SIGKILL');
    await exited;
    await until(() => !pidsOf({ output }).some(runs));
  });

  test('leaves no member behind when it is killed before they are up', async () => {
    const { config } = await several(2);
    const { child, says, output, exited } = await run(config);
    await says('started 2 members');
    child.kill('SIGKILL');
    await exited;
    await until(() => !pidsOf({ output }).some(runs));
  });

  test('ends at once with a second signal', async () => {
    const { config } = await several(2, 'slow-close.mjs', { timeout: '10m' });
    const { child, says, output, exited } = await run(config);
    await says('"msg":"ready"', 2);
    child.kill('SIGINT');
    await says('the service ends: leaving the ring', 2);
    child.kill('SIGINT');
    expect(await exited).toBe(1);
    await until(() => !pidsOf({ output }).some(runs));
  });

  test('ends with 1 where a member does not stop within its bound, or does not even answer', async () => {
    const { config, members } = await several(2, 'slow-close.mjs', { timeout: '500ms' });
    const { child, says, output, exited } = await run(config);
    await says('"msg":"ready"', 2);
    process.kill(pidsOf({ output })[0]!, 'SIGSTOP');
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
    expect(output.text).toContain(`"name":"node ${members[1]!.id}","msg":"not stopped within 500 ms`);
    await until(() => !pidsOf({ output }).some(runs));
  });

  test('ends with 2, and all of it, when a member cannot use the configuration', async () => {
    const { config, members } = await several(2);
    const { says, output, exited, file } = await run(config);
    await says('"msg":"ready"', 2);
    await writeFile(file, JSON.stringify({ ...config, gruops: {} }));
    process.kill(pidsOf({ output })[0]!, 'SIGKILL');
    expect(await exited).toBe(2);
    expect(output.text).toMatch(/gruops: unknown key; did you mean groups\?/);
    expect(output.text).toContain(`member ${members[0]!.id} cannot use its configuration`);
    expect(pidsOf({ output }).filter(runs)).toEqual([]);
  });

  test('is not started with a configuration that no members can share', async () => {
    const { config } = await several(2);
    const clash = await run(config, '--processes', '3', '--http', config.member.grpc);
    expect(await clash.exited).toBe(2);
    expect(clash.output.text).toMatch(/^flag --processes: makes ports overlap: .* give member\.http port \d+/);
    const missing = await run(config, '--processes', '3', '--port-step', '3');
    expect(await missing.exited).toBe(2);
    expect(missing.output.text).toMatch(/discovery\.members: must have each member of 3 processes; missing: \{ id: /);
  });

  test('prints its configuration with what it comes to', async () => {
    const { config, members } = await several(2);
    const { output, exited } = await run(config, 'config', 'print');
    expect(await exited).toBe(0);
    const [one, other] = members;
    expect(output.text).toMatch(
      `# 2 members:\n#   ${one!.id}: ${one!.grpc}, ${one!.http}\n#   ${other!.id}: ${other!.grpc}, ${other!.http}\nprocesses: 2\n`,
    );
  });
});

test('on SIGHUP each member of a service reads the configuration again', async () => {
  const { config, members } = await several(2);
  const { child, file, says, output, exited } = await run(config);
  await says('"msg":"ready"', 2);
  writeFileSync(file, JSON.stringify({ ...config, log: { level: 'debug' } }));
  child.kill('SIGHUP');
  await says('"msg":"configuration reloaded"', 2);
  for (const { id } of members) {
    expect(output.text).toMatch(
      new RegExp(`"name":"node ${id}","msg":"configuration reloaded","applied":\\["log.level"\\]`),
    );
  }
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});
