import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import { runningProcesses } from '../running-processes.js';
import { type Command, startServers } from './servers.js';

function listener(port: number): Command {
  return { command: process.execPath, args: ['-e', `require('net').createServer().listen(${port}, '127.0.0.1')`] };
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('servers take connections once they are started, and are gone with their folder once they are stopped', async () => {
  let own = '';
  const servers = await startServers({
    count: 2,
    command: (i, ports, folder) => {
      own = folder;
      return listener(ports[i]![0]!);
    },
  });
  expect(servers.pids.map(runs)).toEqual([true, true]);
  expect(runningProcesses()).toEqual([0, 1].map((i) => expect.stringContaining(`listen(${servers.ports[i]![0]},`)));
  expect(new Set(servers.addresses).size).toBe(2);
  await servers.stop();
  await servers.stop();
  expect(servers.pids.map(runs)).toEqual([false, false]);
  expect(runningProcesses()).toEqual([]);
  expect(own).toContain('ringcache-bench-');
  expect(existsSync(own)).toBe(false);
});

test('a server that ends at once fails the start with what it said, and leaves nothing behind', async () => {
  let own = '';
  const command = (i: number, ports: readonly (readonly number[])[], folder: string): Command => {
    own = folder;
    return i === 0 ? listener(ports[0]![0]!) : { command: 'sh', args: ['-c', 'echo no licence; exit 3'] };
  };
  await expect(startServers({ count: 2, command })).rejects.toThrow('no licence');
  expect(runningProcesses()).toEqual([]);
  expect(own).toContain('ringcache-bench-');
  expect(existsSync(own)).toBe(false);
});
