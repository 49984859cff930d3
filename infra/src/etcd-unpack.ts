import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run-command.js';

/** What a source of etcd is given to work with. */
export interface InstallContext {
  readonly toolsDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly releasesUrl: string;
  readonly log: (line: string) => void;
}

/**
 * Makes `.tools/etcd/bin/{etcd,etcdctl}` of what `fill` puts into an empty folder.
 * @param fill gets that folder and returns the folder of the two programs.
 * @returns the path of etcd, which has run once: an archive for another processor is refused here.
 */
export async function unpack(
  { toolsDir, env }: InstallContext,
  fill: (folder: string) => Promise<string>,
): Promise<string> {
  await mkdir(toolsDir, { recursive: true });
  const staging = await mkdtemp(join(toolsDir, 'etcd-staging-'));
  try {
    const programs = await fill(staging);
    const bin = join(staging, 'unpacked', 'bin');
    await mkdir(bin, { recursive: true });
    for (const name of ['etcd', 'etcdctl']) {
      await rename(join(programs, name), join(bin, name));
      await chmod(join(bin, name), 0o755);
    }
    await run(join(bin, 'etcd'), ['--version'], { env, timeoutMs: 10_000 });
    await rm(join(toolsDir, 'etcd'), { recursive: true, force: true });
    await rename(join(staging, 'unpacked'), join(toolsDir, 'etcd'));
    return join(toolsDir, 'etcd', 'bin', 'etcd');
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
