// Plants a mutant in a copy of the code, and runs there what is to catch it.

import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Mutant } from './mutants.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const SEEDS_FILE = join(ROOT, 'sim/mutants.json');
const COPIED = ['packages', 'proto', 'sim', 'scripts'];
const MEMBERSHIP_SEEDS = '12'; // of faults by chance, in the copy's membership.test.ts
export const MAX_SEEDS = 500;

export interface Caught {
  readonly isCaught: boolean;
  /** Of the simulation that caught it. */
  readonly seed?: number | undefined;
  /** What the run said last. */
  readonly output: string;
}

/** The seeds that caught each mutant when they were last searched for, by name. */
export function recordedSeeds(): Record<string, number> {
  return existsSync(SEEDS_FILE) ? (JSON.parse(readFileSync(SEEDS_FILE, 'utf8')) as Record<string, number>) : {};
}

export function recordSeeds(seeds: Readonly<Record<string, number>>): void {
  const sorted = Object.fromEntries(Object.entries(seeds).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(SEEDS_FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}

/**
 * Runs what is to catch the mutant: its test, or the simulation, from a seed on until one fails.
 * @param options.from the first seed; then the others from 1 on, {@link MAX_SEEDS} in all.
 * @throws {Error} an edit does not apply, or the copy cannot be run.
 */
export async function catchMutant(mutant: Mutant, { from = 1 }: { from?: number } = {}): Promise<Caught> {
  const folder = mkdtempSync(join(tmpdir(), 'ringcache-mutant-'));
  try {
    plant(mutant, folder);
    if (mutant.test !== undefined) return await runTest(folder, mutant.test);
    if (from > 1) {
      const first = await simulate(folder, from, 1);
      if (first.isCaught) return first;
    }
    return await simulate(folder, 1, MAX_SEEDS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant({ edits }: Mutant, folder: string): void {
  const noBuilds = { recursive: true, verbatimSymlinks: true, filter: (path: string) => !path.endsWith('/dist') };
  for (const part of COPIED) cpSync(join(ROOT, part), join(folder, part), noBuilds);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const name of readdirSync(ROOT)) {
    if (/^(package\.json|tsconfig.*\.json|jest\.config\.js)$/.test(name)) cpSync(join(ROOT, name), join(folder, name));
  }
  for (const { file, from, to } of edits) {
    const path = join(folder, file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text.split(from).length !== 2) throw new Error(`${file} does not have once: ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }
}

async function simulate(folder: string, seed: number, seeds: number): Promise<Caught> {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const range = ['--seed', String(seed), '--seeds', String(seeds), '--jobs', '1', '--stop', '--no-shrink'];
  const { code, output } = await run(folder, [tsx, '--conditions=source', join(folder, 'sim/src/main.ts'), ...range]);
  if (code === 0) return { isCaught: false, output };
  const failed = /seed (\d+):/.exec(output);
  if (failed === null) throw new Error(`the simulation did not run:\n${output}`);
  return { isCaught: true, seed: Number(failed[1]), output };
}

async function runTest(folder: string, test: string): Promise<Caught> {
  const jest = join(folder, 'node_modules/jest/bin/jest.js');
  const where = ['--rootDir', folder, '--config', join(folder, 'jest.config.js'), '--roots', join(folder, 'packages')];
  const flags = ['--experimental-vm-modules', jest, ...where, '--runInBand', '--bail', '--runTestsByPath'];
  const { code, output } = await run(folder, [...flags, join(folder, test)]);
  if (!/^Tests: .*[1-9]\d* (failed|passed)/m.test(output)) throw new Error(`${test} did not run:\n${output}`);
  return { isCaught: code !== 0, output };
}

function run(cwd: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', MEMBERSHIP_SEEDS };
  const child = spawn(process.execPath, args, { cwd, env });
  return new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
