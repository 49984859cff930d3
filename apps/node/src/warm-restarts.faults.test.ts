// The daemon as a process that is stopped and started again, with what it held.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { TestCluster } from '@ringcache/cache-core/testing';
import { createLogger } from '@ringcache/logger';

import { dumpPath } from './dump-file.js';
import { alone, killDaemons, runDaemon } from './testing/run-daemon.js';
import { WarmRestarts } from './warm-restarts.js';

jest.setTimeout(60_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringcache-warm-'));
  await writeFile(join(folder, 'pid.mjs'), 'export default () => String(process.pid);');
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(killDaemons);

/** A daemon with the groups `g`, which is restarted warm, and `cold`, which is not; values are the pid of who loaded them. */
async function setUp(dumpDir: string, shutdown: object = {}) {
  const { config, http } = await alone('pid.mjs', shutdown);
  const { g } = config.groups;
  const groups = { g: { ...g, warmRestart: true }, cold: g };
  const start = async () => {
    const daemon = await runDaemon(folder, { ...config, dumpDir, groups });
    await daemon.says('"msg":"ready"');
    const stop = async () => {
      daemon.child.kill('SIGTERM');
      return daemon.exited;
    };
    return { ...daemon, stop };
  };
  const get = async (key: string, group = 'g') => (await fetch(`${http}/v1/groups/${group}/keys/${key}`)).text();
  const metrics = async () => (await fetch(`${http}/metrics`)).text();
  return { start, get, metrics, file: join(folder, dumpDir, 'g.dump') };
}

const KEYS = Array.from({ length: 100 }, (_, i) => `key-${i}`);

describe('a daemon that is stopped and started again', () => {
  test('answers what it held without a load, in the groups that are to, and its file is gone', async () => {
    const { start, get, metrics, file } = await setUp('dumps');
    const first = await start();
    const pid = String(first.child.pid);
    for (const key of KEYS) expect(await get(key)).toBe(pid);
    await get('key', 'cold');
    expect(await first.stop()).toBe(0);
    expect(first.output.text).toMatch(/"msg":"dumped","group":"g","bytes":\d+,"ms":\d+/);
    expect(await readdir(join(file, '..'))).toEqual(['g.dump']);

    const second = await start();
    await second.says('"msg":"restored"');
    expect(second.output.text).toMatch(
      /"msg":"restored","group":"g","entries":100,"dumped":100,"bytes":\d+,"awayMs":\d+,"ms":\d+/,
    );
    for (const key of KEYS) expect(await get(key)).toBe(pid);
    expect(await metrics()).toMatch(/^ringcache_loads_total\{group="g"\} 0$/m);
    expect(await get('key', 'cold')).toBe(String(second.child.pid));
    expect(await readdir(join(file, '..'))).toEqual([]);
    expect(await second.stop()).toBe(0);
    expect(await readdir(join(file, '..'))).toEqual(['g.dump']); // what it was given, it gives on
  });

  test('starts cold with a damaged file, says why, and removes it', async () => {
    const { start, get, file } = await setUp('damaged');
    const first = await start();
    for (const key of KEYS) await get(key);
    expect(await first.stop()).toBe(0);
    const bytes = await readFile(file);
    bytes[bytes.byteLength >> 1]! ^= 1;
    await writeFile(file, bytes);

    const second = await start();
    await second.says('group g starts cold: the checksum of block 1 is wrong (damaged at byte');
    expect(await get(KEYS[0]!)).toBe(String(second.child.pid));
    expect(await readdir(join(file, '..'))).toEqual([]);
  });

  test('does not start where it could not write its dumps', async () => {
    await writeFile(join(folder, 'a-file'), '');
    const { config } = await alone('pid.mjs');
    const groups = { g: { ...config.groups.g, warmRestart: true } };
    const { exited, output } = await runDaemon(folder, { ...config, groups, dumpDir: 'a-file' });
    expect(await exited).toBe(1);
    expect(output.text).toMatch(/cannot start: EEXIST.*a-file/);
  });
});

describe('warm restarts', () => {
  /** Of a group that holds one key, on a node that is not in its ring. */
  async function outside() {
    const cluster = new TestCluster({ size: 1, groups: { h: { warmRestart: true } } });
    const group = cluster.group('h');
    await group.write({ op: 'set', key: 'key', value: Buffer.from('value') });
    const log = new PassThrough({ encoding: 'utf8' });
    const logger = createLogger({ name: 'test', format: 'json', stream: log });
    const warmRestarts = new WarmRestarts({ folder, groups: [group], logger, isInRing: () => false });
    const stop = async () => {
      await warmRestarts.stop();
      await cluster.close();
      return String(log.read());
    };
    return { warmRestarts, stop };
  }

  test('say so where there is no time to write, and leave nothing half written', async () => {
    const { warmRestarts, stop } = await outside();
    await warmRestarts.dumpAll(AbortSignal.abort());
    expect(await stop()).toContain('group h is not dumped, and will start cold: shutdown.timeout leaves no more time');
    expect((await readdir(folder)).filter((name) => name.startsWith('h'))).toEqual([]);
  });

  test('leave the file as it is while the node is not in the ring', async () => {
    const path = dumpPath(folder, 'h');
    await writeFile(path, 'of an earlier process');
    const { stop } = await outside();
    expect(await stop()).toBe('null');
    expect(await readFile(path, 'utf8')).toBe('of an earlier process');
  });
});
