import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chown, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Child } from './child.js';
import { isOpen } from './postgres-binaries.js';

/** The user PostgreSQL runs as where we are root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root: then it is the user postgres, if there is one, else nobody, who always is.
 * @returns undefined where we are not root: it runs as ourselves.
 */
export async function accountToRunAs(): Promise<Account | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const idOf = async (flag: string, user: string) => Number((await promisify(execFile)('id', [flag, user])).stdout);
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: await idOf('-u', user), gid: await idOf('-g', user) };
    } catch {
      // there is no such user: the next one
    }
  }
  throw new Error('PostgreSQL cannot run as root, and there is neither a user postgres nor nobody to run it as');
}

/** A folder that the account owns and can reach: `wanted`, or a new temporary one. */
export async function makeDataDir(wanted: string | undefined, account: Account | undefined): Promise<string> {
  const path = wanted === undefined ? await mkdtemp(join(tmpdir(), 'ringcache-postgres-')) : resolve(wanted);
  await mkdir(dirname(path), { recursive: true });
  const dataDir = account === undefined || (await isOpen(dirname(path))) ? path : await elsewhere(path);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (account !== undefined) await chown(dataDir, account.uid, account.gid);
  return dataDir;
}

/** For a path that only root can reach (a checkout under /root) a folder in /var/tmp; at the path, a link to it. */
async function elsewhere(path: string): Promise<string> {
  const real = join('/var/tmp', `ringcache-postgres-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`);
  await rm(path, { force: true }).catch((cause) => {
    // Not a link of an earlier start but a folder: the checkout was moved here with its data.
    throw new Error(`the user PostgreSQL runs as cannot reach ${path}; pnpm dev:clean removes it`, { cause });
  });
  await symlink(real, path);
  return real;
}

export interface InitOptions {
  /** The folder of bin, lib and share. */
  readonly native: string;
  readonly account: Account | undefined;
  readonly user: string;
  readonly password: string;
  readonly temporary: boolean;
  readonly log: ((line: string) => void) | undefined;
}

/**
 * Makes a new database cluster in `dataDir`, unless one is there; about 1 s.
 * @returns its path. It is made under another name first: what a cut-off initdb leaves behind looks whole.
 */
export async function initialise(dataDir: string, options: InitOptions): Promise<string> {
  const [made, making] = [join(dataDir, 'data'), join(dataDir, 'making')];
  const exists = await access(made).then(
    () => true,
    () => false,
  );
  if (exists) return made;
  await rm(making, { recursive: true, force: true });
  const passwordFile = join(dataDir, 'password'); // the folder is closed to all but the account
  await writeFile(passwordFile, options.password, { mode: 0o644 });
  const initdb = new Child({
    command: join(options.native, 'bin', 'initdb'),
    args: [
      ...['-D', making, '--username', options.user, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync', '--no-instructions'],
    ],
    as: options.account,
    log: options.log,
    removeWithUs: options.temporary ? dataDir : undefined,
  });
  await initdb.exited;
  await rm(passwordFile);
  if (initdb.exitCode !== 0) throw new Error(`initdb failed:\n${initdb.lastLines}`);
  await rename(making, made);
  return made;
}
