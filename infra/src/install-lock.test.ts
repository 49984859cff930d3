import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withLock } from './install-lock.js';

let folder: string;
let lockFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringcache-lock-'));
  lockFile = join(folder, 'deeper', 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('work under one lock never overlaps', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all(Array.from({ length: 4 }, () => withLock(lockFile, work)));
  expect(most).toBe(1);
  expect(readdirSync(join(folder, 'deeper'))).toEqual([]);
});

test('a lock whose holder died is taken over', async () => {
  await withLock(lockFile, async () => {}); // makes the folder
  writeFileSync(lockFile, String(2 ** 22 + 1));
  expect(await withLock(lockFile, async () => 'done')).toBe('done');
});

test('a failure at work gives the lock back', async () => {
  await expect(withLock(lockFile, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(existsSync(lockFile)).toBe(false);
});
