import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { answers } from './etcd-member.js';
import { runEtcdProcfile } from './etcd-procfile.js';
import { isAlive } from './is-alive.js';
import { freePorts } from './ports.js';
import { get, put } from './testing/etcd-kv.js';
import { eventually } from './testing/eventually.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringcache-procfile-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a Procfile runs as a cluster, which outlives a member that is killed, until stop ends it', async () => {
  const ports = await freePorts(6);
  const url = (index: number) => `http://127.0.0.1:${ports[index]}`;
  const cluster = [0, 1, 2].map((index) => `m${index}=${url(index + 3)}`).join(',');
  const lines = [0, 1, 2].map(
    (index) =>
      `etcd${index}: etcd --name m${index} --data-dir data/m${index} --initial-cluster '${cluster}' ` +
      `--listen-client-urls ${url(index)} --advertise-client-urls ${url(index)} --logger zap --log-level error ` +
      `--listen-peer-urls ${url(index + 3)} --initial-advertise-peer-urls ${url(index + 3)}`,
  );
  writeFileSync(join(folder, 'Procfile'), lines.join('\n'));

  const printed: string[] = [];
  const etcd = await runEtcdProcfile((line) => printed.push(line), join(folder, 'Procfile'));
  const pids = printed.map((line) => Number(/serves .* \(pid (\d+)\)/.exec(line)?.[1])).filter((pid) => pid > 0);
  try {
    expect(etcd.hosts).toEqual([url(0), url(1), url(2)]);
    expect(pids).toHaveLength(3);
    process.kill(pids[0]!, 'SIGKILL');
    await eventually(() => printed.some((line) => line.includes('etcd0') && line.includes('has ended')));
    await eventually(() => answers(url(1))); // until there is a leader again
    await put(url(1), 'key', 'value');
    expect(await get(url(2), 'key')).toBe('value');
  } finally {
    await etcd.stop();
  }
  await etcd.exited;
  expect(pids.map(isAlive)).toEqual([false, false, false]);
});

test('a member with no data folder is refused by name', async () => {
  writeFileSync(join(folder, 'Procfile'), 'it: etcd --listen-client-urls http://127.0.0.1:1');
  await expect(runEtcdProcfile(() => {}, join(folder, 'Procfile'))).rejects.toThrow(
    'it: --listen-peer-urls is missing',
  );
});
