// The file that a group's dump is in. It is there whole or not at all: written under another name, forced to the disk, and
// given its name last. And it is there once: whoever reads it has removed it before, since what it holds is older with every
// process that begins with it.

import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const READ_BYTES = 256 * 1024;
const OWNER_ONLY = 0o600; // values may be what nobody else should read
const MAX_NAME = 200; // characters; a file's name may have 255

/** A group's name may have any characters, and more of them than a file's. */
export function dumpPath(folder: string, group: string): string {
  const name = encodeURIComponent(group);
  if (name.length <= MAX_NAME) return join(folder, `${name}.dump`);
  const hash = createHash('sha256').update(group).digest('hex').slice(0, 32);
  return join(folder, `${name.slice(0, MAX_NAME - hash.length)}${hash}.dump`);
}

/**
 * Writes a dump in place of an older one; where it fails, the older one stays.
 * @returns how many bytes it has.
 * @throws what the dump, the signal, or the file system throws.
 */
export async function writeDump(path: string, dump: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
  const unfinished = unfinishedOf(path);
  try {
    let bytes = 0;
    await using file = await open(unfinished, 'w', OWNER_ONLY);
    for await (const block of dump) {
      signal.throwIfAborted();
      await file.appendFile(block);
      bytes += block.byteLength;
    }
    await file.sync();
    signal.throwIfAborted();
    await rename(unfinished, path);
    await syncFolder(join(path, '..'));
    return bytes;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** A dump whose file is gone: it can be read as often as is liked until it is closed. */
export interface TakenDump extends AsyncDisposable {
  read(): AsyncIterable<Uint8Array>;
}

/**
 * What a process that was killed while it wrote has left is removed as well.
 * @returns undefined: there is none. @throws what the file system throws.
 */
export async function takeDump(path: string): Promise<TakenDump | undefined> {
  await rm(unfinishedOf(path), { force: true });
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  await rm(path);
  return {
    read: () => file.createReadStream({ start: 0, autoClose: false, highWaterMark: READ_BYTES }),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

function unfinishedOf(path: string): string {
  return `${path}.unfinished`;
}

/** So that a new name outlives a loss of power. Windows has nothing of the kind. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
