// The loss of etcd alone costs nothing: with the settings that are shipped, on real processes.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, jest, test } from '@jest/globals';

import { expectNoHarm, NotesCluster, OUTAGE_MS, pause } from './notes-cluster.js';

jest.setTimeout(400_000);

let cluster: NotesCluster;

beforeAll(async () => {
  cluster = await NotesCluster.start();
});
afterAll(() => cluster?.stop());
beforeEach(() => cluster.begin());
afterEach(() => cluster.end());

const etcd = () => cluster.etcd.members[0]!;

test.each<[string, () => Promise<void>]>([
  [
    'is killed, and started again with its data',
    async () => {
      await etcd().kill('SIGKILL');
      await pause(OUTAGE_MS);
      await etcd().start();
    },
  ],
  [
    'stands still, and goes on',
    async () => {
      await etcd().kill('SIGSTOP');
      await pause(OUTAGE_MS);
      await etcd().kill('SIGCONT');
    },
  ],
  [
    'loses its data from one moment to the next',
    async () => {
      await etcd().kill('SIGKILL');
      await rm(join(cluster.dataDir, etcd().name), { recursive: true });
      await etcd().start();
    },
  ],
])('while etcd %s, no key is lost, none is old, and no write fails', (what, outage) => {
  return expectNoHarm(cluster, what, outage);
});
