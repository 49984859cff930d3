// The parts of `pnpm dev` that use etcd and PostgreSQL. A Ctrl-C reaches all tasks at once; with this list the
// databases end last, so that nodes can leave the ring and requests can finish, and nothing is logged that looks like
// an outage.

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATA_DIR } from './dev-state.js';
import { isAlive } from './is-alive.js';

const PARTS_DIR = join(DATA_DIR, 'dev', 'parts');
/** Less than the 10 s after which turbo kills: the databases have to end too. */
const WAIT_TIMEOUT_MS = 7_000;
const LOOK_EVERY_MS = 50;

/** Puts this process on the list; it goes from it by ending. */
export async function enterParts(folder = PARTS_DIR): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, String(process.pid)), '');
}

/** Resolves when no process of the list runs any more, or after 7 s. */
export async function partsEnded(folder = PARTS_DIR): Promise<void> {
  const giveUp = performance.now() + WAIT_TIMEOUT_MS;
  while (performance.now() < giveUp) {
    const pids = await readdir(folder).catch(() => []); // there was none yet
    const gone = pids.filter((pid) => !isAlive(Number(pid)));
    await Promise.all(gone.map((pid) => rm(join(folder, pid), { force: true })));
    if (gone.length === pids.length) return;
    await sleep(LOOK_EVERY_MS);
  }
}
