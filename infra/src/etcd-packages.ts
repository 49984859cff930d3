import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type InstallContext, unpack } from './etcd-unpack.js';
import { findOnPath } from './on-path.js';
import { run } from './run-command.js';

const PACKAGES = ['etcd-server', 'etcd-client'];
/** A mirror that is away fails fast; the next source may be there. The last one keeps apt quiet where we are root. */
const APT_OPTIONS = [
  ...['-o', 'Acquire::http::Timeout=10', '-o', 'Acquire::https::Timeout=10', '-o', 'Acquire::Retries=1'],
  ...['-o', 'APT::Sandbox::User=root'],
];

/**
 * Downloads Debian's (or Ubuntu's) packages and unpacks them under .tools. They are not installed, though root could:
 * that would start a service on the ports we need, and change a system over a development task.
 */
export async function fromDebian(context: InstallContext): Promise<string> {
  const { env, log } = context;
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (findOnPath(tool, env) === undefined) throw new Error(`there is no ${tool}`);
  }
  return unpack(context, async (folder) => {
    const download = (options: readonly string[]) =>
      run('apt-get', [...APT_OPTIONS, ...options, 'download', ...PACKAGES], { cwd: folder, env, log });
    try {
      await download([]);
    } catch {
      await download(await freshLists(folder, context)); // the system has no package lists, or old ones
    }
    const archives = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
    for (const archive of archives) await run('dpkg-deb', ['-x', archive, '.'], { cwd: folder, env });
    return join(folder, 'usr', 'bin');
  });
}

/** Fetches package lists into a folder of our own, which needs no root rights; returns the options that use them. */
async function freshLists(folder: string, { env, log }: InstallContext): Promise<string[]> {
  const lists = join(folder, 'apt');
  await mkdir(join(lists, 'partial'), { recursive: true });
  const options = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${lists}`];
  await run('apt-get', [...APT_OPTIONS, ...options, 'update'], { env, log });
  return options;
}

/** Homebrew installs it, and keeps it: it asks for no root rights and starts no service. */
export async function fromHomebrew({ env, log }: InstallContext): Promise<string> {
  if (findOnPath('brew', env) === undefined) throw new Error('there is no brew');
  await run('brew', ['install', 'etcd'], { env, log });
  return join((await run('brew', ['--prefix'], { env })).trim(), 'bin', 'etcd');
}
