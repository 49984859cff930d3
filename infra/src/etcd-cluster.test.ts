import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EtcdCluster, startEtcdCluster } from './etcd-cluster.js';
import { answers } from './etcd-member.js';
import { isAlive } from './is-alive.js';
import { freePort, PortTakenError } from './ports.js';
import { get, put } from './testing/etcd-kv.js';
import { eventually } from './testing/eventually.js';

describe('three members', () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await startEtcdCluster({ size: 3 });
  });
  afterAll(() => cluster?.stop());

  test('are one cluster: what one is told, each knows', async () => {
    await put(cluster.hosts[0]!, 'a', '1');
    expect(await Promise.all(cluster.hosts.map((host) => get(host, 'a')))).toEqual(['1', '1', '1']);
    expect(cluster.members.map((member) => member.name)).toEqual(['infra1', 'infra2', 'infra3']);
  });

  test('a member that was killed and started again knows what was written meanwhile, on its old port', async () => {
    const [first, second] = cluster.members as [EtcdCluster['members'][0], EtcdCluster['members'][0]];
    const { client, pid } = first;
    await first.kill();
    expect([first.running, isAlive(pid)]).toEqual([false, false]);
    // It may have been the leader, and what etcd is told until the next election fails only 7 s later.
    await eventually(() => answers(second.client));
    await put(second.client, 'b', '2');
    await first.start();
    expect(first.running).toBe(true);
    expect(first.client).toBe(client);
    expect(first.pid).not.toBe(pid);
    expect(await get(first.client, 'b')).toBe('2');
  });

  test('all can be killed and started one after the other, with their data', async () => {
    await put(cluster.hosts[0]!, 'c', '3');
    await Promise.all(cluster.members.map((member) => member.kill()));
    for (const member of cluster.members) await member.start();
    expect(await get(cluster.hosts[2]!, 'c')).toBe('3');
  });

  test('a frozen member does not answer, and does again when it goes on', async () => {
    const member = cluster.members[1]!;
    await member.kill('SIGSTOP');
    expect(await answers(member.client)).toBe(false);
    await member.kill('SIGCONT');
    expect(await get(member.client, 'c')).toBe('3');
  });

  test('a member that runs is not started twice', async () => {
    await expect(cluster.members[0]!.start()).rejects.toThrow('runs already');
  });
});

describe('one member', () => {
  test('stop ends the process and removes the data', async () => {
    const lines: string[] = [];
    const cluster = await startEtcdCluster({ log: (line) => lines.push(line) });
    const folder = /"data-dir":"(.+?ringcache-etcd-\w+)/.exec(lines.join('\n'))![1]!;
    expect(existsSync(folder)).toBe(true);
    const { pid } = cluster.members[0]!;
    await cluster.stop();
    expect([isAlive(pid), existsSync(folder)]).toEqual([false, false]);
    await cluster.stop(); // once more does no harm
  });

  test('data in a folder that was given is there after stop, for the next cluster', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'ringcache-kept-'));
    try {
      const clientPorts = [await freePort()];
      const first = await startEtcdCluster({ dataDir, clientPorts });
      await put(first.hosts[0]!, 'kept', 'yes');
      await first.stop();
      const second = await startEtcdCluster({ dataDir, clientPorts });
      expect(second.hosts).toEqual([`http://127.0.0.1:${clientPorts[0]}`]);
      expect(await get(second.hosts[0]!, 'kept')).toBe('yes');
      await second.stop();
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });

  test('a client port that is taken is an error that names it', async () => {
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    try {
      await expect(startEtcdCluster({ clientPorts: [port] })).rejects.toThrow(PortTakenError);
    } finally {
      server.close();
    }
  });
});
