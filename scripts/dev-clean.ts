// `pnpm dev:clean`: removes the data of `pnpm dev`, so that the next start begins with nothing.
import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DATA_DIR, readDevState } from '../infra/src/dev-state.js';

const ROOT = new URL('..', import.meta.url).pathname;

if ((await readDevState('etcd')) !== undefined || (await readDevState('postgres')) !== undefined) {
  console.error('pnpm dev is running on this data: stop it first (Ctrl-C)');
  process.exit(1);
}

const parts = existsSync(DATA_DIR) ? readdirSync(DATA_DIR) : [];
for (const part of parts) console.log(`removed ${remove(join(DATA_DIR, part))}`);
if (parts.length === 0) console.log('nothing to remove');

/** Removes a folder, and what it links to: root's PostgreSQL data may be elsewhere. Returns what was removed. */
function remove(path: string): string {
  const target = linkTarget(path);
  if (target !== undefined) rmSync(target, { recursive: true, force: true });
  rmSync(path, { recursive: true, force: true });
  return relative(ROOT, path) + (target === undefined ? '' : ` and ${target}`);
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // not a link
  }
}
