// The page as it is built from the sources that are here: a node that runs from its sources serves it all the same.

import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '@ringcache/infra';
import { pageFolder } from '@ringcache/ui';
import { execa } from 'execa';

const packageFolder = fileURLToPath(new URL('../../../packages/ui/', import.meta.url));

/** Builds the page if it is not there, or older than its sources; suites that start together build it once. */
export async function buildPage(): Promise<void> {
  if (await isFresh()) return;
  await withLock(join(packageFolder, 'node_modules/.build-lock'), async () => {
    if (await isFresh()) return;
    const vite = createRequire(join(packageFolder, 'package.json')).resolve('vite/package.json');
    await execa(process.execPath, [join(vite, '../bin/vite.js'), 'build'], {
      cwd: packageFolder,
      env: { NODE_OPTIONS: '' },
    });
  });
}

async function isFresh(): Promise<boolean> {
  const built = await stat(join(pageFolder, 'index.html')).catch(() => undefined);
  return built !== undefined && built.mtimeMs > (await newestSource());
}

async function newestSource(): Promise<number> {
  const source = join(packageFolder, 'src');
  const files = await readdir(source, { recursive: true });
  const paths = [...files.map((file) => join(source, file)), join(packageFolder, 'vite.config.ts')];
  const times = await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs));
  return Math.max(...times);
}
