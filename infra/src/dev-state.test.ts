import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clearDevState, readDevState, waitForDevState, writeDevState } from './dev-state.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringcache-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('whoever waits is told once, and gets what is written later', async () => {
  let waits = 0;
  const state = waitForDevState('etcd', {
    folder,
    onWait: () => {
      waits++;
      void writeDevState('etcd', { hosts: ['http://127.0.0.1:2379'] }, folder);
    },
  });
  expect(await state).toEqual({ hosts: ['http://127.0.0.1:2379'] });
  expect(waits).toBe(1);
});

test('what a process wrote that has ended since is not believed', async () => {
  writeFileSync(join(folder, 'postgres.json'), JSON.stringify({ pid: 2 ** 22 + 1, url: 'postgres://gone' }));
  expect(await readDevState('postgres', folder)).toBeUndefined();
});

test('what was cleared is not there', async () => {
  await writeDevState('etcd', { static: true }, folder);
  expect(await readDevState('etcd', folder)).toEqual({ static: true });
  await clearDevState('etcd', folder);
  expect(await readDevState('etcd', folder)).toBeUndefined();
});
