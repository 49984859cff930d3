// The daemon as a process, told by a signal to read its configuration again.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';

import { alone, daemonCommand, daemonEnvironment, killDaemons, runDaemon } from './testing/run-daemon.js';

jest.setTimeout(60_000);

const TOKEN = 'reader-0123456789abcdef';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-reload-'));
  await writeFile(join(folder, 'echo.mjs'), 'export default (key) => key;');
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(killDaemons);

test('a node takes another level, limits and tokens on SIGHUP, and goes on serving', async () => {
  const { config, http } = await alone('echo.mjs');
  const { child, file, says, output, exited } = await runDaemon(folder, config);
  await says('"msg":"ready"');
  const get = async (token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await fetch(`${http}/v1/groups/g/keys/k`, { headers })).status;
  };
  expect(await get()).toBe(200);
  const tokens = [{ token: TOKEN, role: 'read' }];
  const { g } = config.groups;
  const groups = { g: { ...g, maxBytes: '2MiB', policy: 'lru' } };
  await writeFile(
    file,
    JSON.stringify({ ...config, groups, log: { level: 'debug' }, access: { tokens, peerNames: ['m'] } }),
  );
  child.kill('SIGHUP');
  await says('"msg":"configuration reloaded"');
  expect(output.text).toMatch(/need a restart.*"refused":\["groups.g.policy"\]/);
  expect(output.text).toContain('"applied":["access.peerNames","access.tokens","groups.g.maxBytes","log.level"]');
  expect([await get(), await get(TOKEN)]).toEqual([401, 200]);
  await says('"level":"debug"');
  expect(output.text).not.toContain(TOKEN);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('a node whose file is bad by now says so, changes nothing, and goes on', async () => {
  const { config, http } = await alone('echo.mjs');
  const { child, file, says, output } = await runDaemon(folder, config);
  await says('"msg":"ready"');
  await writeFile(file, JSON.stringify({ ...config, log: { level: 'loud' }, maxBites: 1 }));
  child.kill('SIGHUP');
  await says('the configuration stays as it was');
  expect(output.text).toMatch(/maxBites/);
  expect(output.text).toMatch(/log\.level: must be/);
  expect((await fetch(`${http}/v1/groups/g/keys/k`)).status).toBe(200);
});

test('a node whose terminal is closed leaves in good order, since nobody could stop it there', async () => {
  const told = join(folder, 'closed');
  const loader = `import { writeFileSync } from 'node:fs';
    export default (key) => key; export const close = () => writeFileSync(${JSON.stringify(told)}, 'yes');`;
  await writeFile(join(folder, 'tells.mjs'), loader);
  const { config, http } = await alone('tells.mjs');
  const file = join(folder, 'terminal.json');
  await writeFile(file, JSON.stringify(config));
  const line = [...daemonCommand, '--config', file].map((word) => `'${word}'`).join(' ');
  const terminal = spawn('script', ['--quiet', '--command', line, '/dev/null'], { env: daemonEnvironment() });
  await until(() => answers(`${http}/readyz`));
  terminal.kill('SIGKILL');
  await until(() => existsSync(told));
  await until(async () => !(await answers(`${http}/livez`)));
});

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // nobody listens
  }
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
