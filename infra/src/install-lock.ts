import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './failure.js';
import { isAlive } from './is-alive.js';

/** Above what an installation may take; then whoever waits gives up. */
const WAIT_TIMEOUT_MS = 600_000;
const LOOK_EVERY_MS = 200;

/**
 * Runs `work` while no other process on this machine holds the same lock, so that several that start together install
 * once. It saves work and is not relied on for more: what is installed appears by one rename, whole or not at all.
 * @param log is told once whom we wait for.
 */
export async function withLock<T>(lockFile: string, work: () => Promise<T>, log?: (line: string) => void): Promise<T> {
  await acquire(lockFile, log);
  try {
    return await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function acquire(lockFile: string, log?: (line: string) => void): Promise<void> {
  await mkdir(dirname(lockFile), { recursive: true });
  const giveUp = performance.now() + WAIT_TIMEOUT_MS;
  for (let told = false; !(await tryAcquire(lockFile)); ) {
    const holder = Number(await readFile(lockFile, 'utf8').catch(() => '')); // gone since: 0
    if (holder !== 0 && !isAlive(holder)) {
      await rm(lockFile, { force: true }); // it died at work
      continue;
    }
    if (!told) log?.(`waiting for process ${holder}, which holds ${lockFile}`);
    told = true;
    if (performance.now() > giveUp) throw new Error(`process ${holder} has held ${lockFile} for 10 minutes`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** A link is made only if nothing is there, and brings its content along: nobody ever reads half a lock. */
async function tryAcquire(lockFile: string): Promise<boolean> {
  const ours = `${lockFile}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(ours, String(process.pid));
  try {
    await link(ours, lockFile);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(ours);
  }
}
