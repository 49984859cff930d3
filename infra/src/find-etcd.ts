import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromDebian, fromHomebrew } from './etcd-packages.js';
import { fromRelease } from './etcd-release.js';
import type { InstallContext } from './etcd-unpack.js';
import { messageOf } from './failure.js';
import { withLock } from './install-lock.js';
import { findOnPath, isExecutable } from './on-path.js';

export interface FindEtcdOptions {
  /** Gets a line for each step of an installation. */
  readonly log?: ((line: string) => void) | undefined;
  /** Where a copy is kept: `.tools` at the root of the repository by default. */
  readonly toolsDir?: string;
  /** PATH above all; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Where releases are published, with no slash at the end. */
  readonly releasesUrl?: string;
}

/** There is no etcd, and none of the ways to get one worked. The message lists them and says what to do. */
export class EtcdUnavailableError extends Error {
  override readonly name = 'EtcdUnavailableError';
}

const TOOLS_DIR = fileURLToPath(new URL('../../.tools', import.meta.url));
const RELEASES_URL = 'https://github.com/etcd-io/etcd/releases/download';
/** In this order; each makes a path, or throws with the reason why it cannot. */
const SOURCES: Readonly<Record<string, (context: InstallContext) => Promise<string>>> = {
  "Debian's packages": fromDebian,
  Homebrew: fromHomebrew,
  'the official release': fromRelease,
};

/**
 * The path of an etcd: the one on the PATH, else a copy that was unpacked before, else it gets one: Debian's packages
 * (unpacked, not installed: no root rights, no service that starts by itself), Homebrew, the official release. Getting
 * one takes seconds to minutes; processes that ask at the same time wait for the first.
 * @throws {EtcdUnavailableError}
 */
export async function findEtcd(options: FindEtcdOptions = {}): Promise<string> {
  const { toolsDir = TOOLS_DIR, env = process.env, releasesUrl = RELEASES_URL, log = () => {} } = options;
  const present = findOnPath('etcd', env) ?? unpackedBefore(toolsDir);
  if (present !== undefined) return present;
  const context: InstallContext = { toolsDir, env, releasesUrl, log };
  const lockFile = join(toolsDir, 'etcd.lock');
  return withLock(lockFile, async () => unpackedBefore(toolsDir) ?? (await install(context)), log);
}

async function install(context: InstallContext): Promise<string> {
  const failures = ['etcd is not on the PATH'];
  for (const [name, source] of Object.entries(SOURCES)) {
    context.log(`etcd is not here; trying ${name} …`);
    try {
      const path = await source(context);
      context.log(`etcd comes from ${name}: ${path}`);
      return path;
    } catch (error) {
      failures.push(`${name}: ${messageOf(error)}`);
      context.log(`${failures.at(-1)}`);
    }
  }
  throw new EtcdUnavailableError(
    `no etcd: ${failures.join('; ')}. Install etcd so that it is on the PATH (https://etcd.io/docs/latest/install/), ` +
      'or set ETCD_HOSTS to a cluster that runs elsewhere.',
  );
}

function unpackedBefore(toolsDir: string): string | undefined {
  const path = join(toolsDir, 'etcd', 'bin', 'etcd');
  return isExecutable(path) ? path : undefined;
}
