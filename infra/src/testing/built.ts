// The workspace's programs as they would be published. Whoever imports this file waits until the sources are built: once in
// a run of the tests, by the first who asks. A build starts in a third of the time that compiling the sources at each start
// takes, and it is what users run.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withLock } from '../install-lock.js';
import { run } from '../run-command.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** A folder of this run of the tests (scripts/jest/run-folder.js): its end makes the next run look at the sources again. */
const runFolder = process.env.RINGCACHE_TEST_RUN;

await buildOnce();

export type App = 'load-test' | 'node' | 'registrar' | 'ringctl' | 'student-score';

/** Returns what a process is started with, Node first, to run an app. */
export function commandOf(app: App, nodeFlags: readonly string[] = []): [string, ...string[]] {
  return [process.execPath, ...nodeFlags, join(ROOT, 'apps', app, 'dist/main.js')];
}

async function buildOnce(): Promise<void> {
  if (runFolder === undefined)
    throw new Error('tests that start programs are run by `pnpm test` or `pnpm test:faults`');
  const done = join(runFolder, 'built');
  if (existsSync(done)) return;
  await withLock(join(runFolder, 'build.lock'), async () => {
    if (existsSync(done)) return;
    const { NODE_OPTIONS: _, NODE_ENV: __, ...env } = process.env; // Jest's
    await run('pnpm', ['build', '--output-logs=errors-only'], { cwd: ROOT, env });
    await writeFile(done, '');
  });
}
