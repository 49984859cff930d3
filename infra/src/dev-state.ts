import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from './is-alive.js';

/** What the tasks of `pnpm dev` tell one another, each in a file `.data/dev/<name>.json`. */
export interface DevStates {
  /** `static`: no etcd can be had; the members are the ones that are configured. */
  etcd: { readonly hosts: readonly string[] } | { readonly static: true };
  postgres: { readonly url: string };
}

export const DATA_DIR = fileURLToPath(new URL('../../.data', import.meta.url));
const STATE_DIR = join(DATA_DIR, 'dev');
const LOOK_EVERY_MS = 100;

/** Tells the others; only as long as this process runs do they believe it. */
export async function writeDevState<Name extends keyof DevStates>(
  name: Name,
  state: DevStates[Name],
  folder = STATE_DIR,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${name}.json.${process.pid}`);
  await writeFile(draft, JSON.stringify({ pid: process.pid, ...state }));
  await rename(draft, join(folder, `${name}.json`)); // nobody reads half of it
}

export async function clearDevState(name: keyof DevStates, folder = STATE_DIR): Promise<void> {
  await rm(join(folder, `${name}.json`), { force: true });
}

/** What the task said, or undefined if it said nothing yet, or a task of an earlier run did. */
export async function readDevState<Name extends keyof DevStates>(
  name: Name,
  folder = STATE_DIR,
): Promise<DevStates[Name] | undefined> {
  const text = await readFile(join(folder, `${name}.json`), 'utf8').catch(() => undefined); // not written yet
  if (text === undefined) return undefined;
  const { pid, ...state } = JSON.parse(text) as DevStates[Name] & { pid: number };
  return isAlive(pid) ? (state as unknown as DevStates[Name]) : undefined;
}

/**
 * Waits for what the task says, for as long as that takes: a first run may install things.
 * @param options.onWait is called once if it is not there yet.
 */
export async function waitForDevState<Name extends keyof DevStates>(
  name: Name,
  options: { onWait?: () => void; folder?: string } = {},
): Promise<DevStates[Name]> {
  for (let told = false; ; told = true) {
    const state = await readDevState(name, options.folder);
    if (state !== undefined) return state;
    if (!told) options.onWait?.();
    await sleep(LOOK_EVERY_MS);
  }
}
