// The daemon as a process: how it starts, what it answers, and how it ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { freePorts } from '@ringcache/infra';

jest.setTimeout(60_000);

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
let folder: string;
const running: (() => void)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-daemon-'));
  await writeFile(
    join(folder, 'slow-close.mjs'),
    'export default (key) => key; export const close = () => new Promise(() => {});',
  );
  await writeFile(join(folder, 'echo.mjs'), 'export default (key) => key;');
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  for (const kill of running.splice(0)) kill();
});

/** Runs the daemon with a config file of this content. */
async function run(config: object, ...args: string[]) {
  const file = join(folder, `${Math.random()}.json`);
  await writeFile(file, JSON.stringify(config));
  const { NODE_OPTIONS: _, ...env } = process.env;
  const node = ['--conditions=source', '--import', 'tsx', MAIN];
  const child = spawn(process.execPath, [...node, ...args, '--config', file], { env: { ...env, LOG_FORMAT: 'json' } });
  running.push(() => child.kill('SIGKILL'));
  const output = { text: '' };
  const exited = once(child, 'close').then(([code]) => code as number | null);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output.text += chunk));
  const says = async (text: string) => {
    while (!output.text.includes(text)) {
      const ended = await Promise.race([exited.then(() => true), new Promise((resolve) => setTimeout(resolve, 20))]);
      if (ended === true && !output.text.includes(text)) throw new Error(`it never said ${text}:\n${output.text}`);
    }
  };
  return { child, output, exited, says };
}

async function alone(loader: string, shutdown: object = {}) {
  const [grpc, http] = await freePorts(2);
  const member = { grpc: `localhost:${grpc}`, http: `localhost:${http}` };
  const discovery = { type: 'static', members: [{ id: member.grpc, ...member }] };
  const config = { member, discovery, groups: { g: { origin: { type: 'module', path: loader } } }, shutdown };
  return { config, http: `http://${member.http}` };
}

describe('the daemon', () => {
  test('answers, tells its probes and metrics, and ends with 0 on SIGTERM', async () => {
    const { config, http } = await alone('echo.mjs');
    const { child, says, exited, output } = await run(config);
    await says('"msg":"ready"');
    const get = async (path: string) => {
      const response = await fetch(http + path);
      return [response.status, await response.text(), response.headers.get('content-type')] as const;
    };
    expect((await get('/v1/groups/g/keys/k')).slice(0, 2)).toEqual([200, 'k']);
    expect((await get('/livez'))[0]).toBe(200);
    expect((await get('/readyz'))[0]).toBe(200);
    expect((await get('/other'))[0]).toBe(404);
    const [status, text, type] = await get('/metrics');
    expect([status, type]).toEqual([200, expect.stringContaining('text/plain')]);
    expect(text).toMatch(/^ringcache_loads_total\{group="g"\} 1$/m);
    expect(text).toMatch(/^ringcache_main_entries\{group="g"\} 1$/m);
    expect(text).toMatch(/^ringcache_removals_total\{group="g",cause="evicted"\} 0$/m);
    expect(text).toMatch(/^ringcache_ready 1$/m);
    expect(text).not.toMatch(/key=/);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(output.text).toContain('"msg":"stopped"');
  });

  test('is not ready while it is not in the ring, and answers all the same', async () => {
    const { config, http } = await alone('echo.mjs');
    const away = { ...config, discovery: { type: 'etcd', hosts: ['127.0.0.1:1'] } };
    const { child, says, exited } = await run(away);
    await says('serving, but not in the ring yet');
    expect((await fetch(`${http}/readyz`)).status).toBe(503);
    expect(await (await fetch(`${http}/v1/groups/g/keys/k`)).text()).toBe('k');
    child.kill('SIGINT');
    expect(await exited).toBe(0);
  });

  test('ends at once with a second signal', async () => {
    const { config } = await alone('slow-close.mjs', { timeout: '1m' });
    const { child, says, exited } = await run(config);
    await says('"msg":"ready"');
    child.kill('SIGTERM');
    await says('leaving the ring');
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
  });

  test('ends within its bound, with 1, where something does not stop', async () => {
    const { config } = await alone('slow-close.mjs', { timeout: '500ms' });
    const { child, says, exited, output } = await run(config);
    await says('"msg":"ready"');
    child.kill('SIGTERM');
    expect(await exited).toBe(1);
    expect(output.text).toContain('not stopped within 500 ms');
  });

  test('says which port is taken and what to do', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { config } = await alone('echo.mjs');
      const http = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { exited, output } = await run({ ...config, member: { ...config.member, http } });
      expect(await exited).toBe(1);
      expect(output.text).toMatch(/in use: stop what listens there, or choose others with --grpc and --http/);
      expect(output.text).toContain(http);
    } finally {
      server.close();
    }
  });

  test('checks and prints its configuration', async () => {
    const { config } = await alone('echo.mjs');
    const check = await run(config, 'config', 'check');
    expect([await check.exited, check.output.text]).toEqual([0, 'the configuration is good\n']);
    const print = await run(config, 'config', 'print');
    expect(await print.exited).toBe(0);
    expect(print.output.text).toContain('type: static');
    const bad = await run({ ...config, gruops: {} }, 'config', 'check');
    expect(await bad.exited).toBe(2);
    expect(bad.output.text).toMatch(/gruops: unknown key; did you mean groups\?/);
  });
});
