import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { enterParts, partsEnded } from './dev-parts.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringcache-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('partsEnded waits for a part that runs, and forgets those that have ended', async () => {
  const part = spawn(process.execPath, ['-e', 'process.stdin.on("end", () => process.exit()).resume()']);
  await once(part, 'spawn');
  writeFileSync(join(folder, String(part.pid)), '');
  writeFileSync(join(folder, String(2 ** 22 + 1)), '');
  let ended = false;
  const waiting = partsEnded(folder).then(() => {
    ended = true;
  });
  while (readdirSync(folder).length > 1) await new Promise((resolve) => setImmediate(resolve)); // it has looked
  expect(ended).toBe(false);
  part.stdin.end();
  await waiting;
  expect(readdirSync(folder)).toEqual([]);
});

test('a process enters under its own id', async () => {
  await enterParts(join(folder, 'new'));
  expect(readdirSync(join(folder, 'new'))).toEqual([String(process.pid)]);
});

test('with no list there is nobody to wait for', async () => {
  await partsEnded(join(folder, 'none'));
});
