import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type InstallContext, unpack } from './etcd-unpack.js';
import { messageOf } from './failure.js';
import { run } from './run-command.js';

/** The oldest series that is still mended; the etcd client speaks to all of 3.4 to 3.6. */
const VERSION = 'v3.5.21';
const DOWNLOAD_TIMEOUT_MS = 300_000;
const SYSTEMS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin' };
const PROCESSORS: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The official archive for this platform, unpacked only if it has the checksum that is published with it. */
export async function fromRelease(context: InstallContext): Promise<string> {
  const archive = archiveName(process.platform, process.arch);
  const base = `${context.releasesUrl}/${VERSION}`;
  return unpack(context, async (folder) => {
    const sums = Buffer.from(await download(`${base}/SHA256SUMS`, context)).toString('utf8');
    const bytes = await download(`${base}/${archive}`, context);
    verify(bytes, archive, sums);
    const file = join(folder, archive);
    await writeFile(file, bytes);
    const unpacker: [string, string[]] = archive.endsWith('.zip') ? ['unzip', ['-q', file]] : ['tar', ['-xf', file]];
    await run(...unpacker, { cwd: folder, env: context.env });
    return join(folder, archive.replace(/\.(zip|tar\.gz)$/, ''));
  });
}

/** Name of the archive of a platform and processor, as Node names them. */
export function archiveName(platform: string, processor: string): string {
  const [system, arch] = [SYSTEMS[platform], PROCESSORS[processor]];
  if (system === undefined || arch === undefined) throw new Error(`there is none for ${platform} on ${processor}`);
  return `etcd-${VERSION}-${system}-${arch}.${system === 'darwin' ? 'zip' : 'tar.gz'}`;
}

async function download(url: string, { log }: InstallContext): Promise<Uint8Array> {
  log(`downloading ${url}`);
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) }).catch((error: Error) => {
    throw new Error(`${url}: ${messageOf(error.cause ?? error)}`); // fetch hides the reason in its cause
  });
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function verify(bytes: Uint8Array, archive: string, sums: string): void {
  const line = sums.split('\n').find((candidate) => candidate.trim().endsWith(` ${archive}`));
  if (line === undefined) throw new Error(`SHA256SUMS does not name ${archive}`);
  const published = line.trim().split(/\s+/)[0];
  const found = createHash('sha256').update(bytes).digest('hex');
  if (published !== found) throw new Error(`${archive} has checksum ${found}, published is ${published}: refused`);
}
