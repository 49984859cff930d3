import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { PLANTS, plant } from './plants.js';

const SEEDS = 500;

/** Runs the simulation in a folder, from this seed on, until one fails; resolves with its exit code and what it printed. */
function simulate(folder: string, seed: number): Promise<{ code: number | null; output: string }> {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const flags = ['--seed', String(seed), '--seeds', String(SEEDS), '--jobs', '1', '--stop', '--no-shrink'];
  const child = spawn(process.execPath, [tsx, '--conditions=source', join(folder, 'sim/src/main.ts'), ...flags], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return new Promise((resolve, reject) => {
    let output = '';
    const hear = (text: Buffer) => {
      output += text.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('a bug that is planted', () => {
  test.each(PLANTS.map((bug) => [bug.name, bug] as const))(
    '%s: is found within 500 seeds',
    async (_, bug) => {
      const folder = mkdtempSync(join(tmpdir(), 'ringcache-plant-'));
      try {
        plant(bug, folder);
        const { code, output } = await simulate(folder, bug.seed);
        expect({ code, output: output.slice(0, 2_000) }).toEqual({
          code: 1,
          output: expect.stringMatching(/: 1 failed/),
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    600_000,
  );
});
