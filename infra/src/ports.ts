import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { codeOf } from './failure.js';
import { isAlive } from './is-alive.js';
import { holderOfPort } from './port-holder.js';

// Below the ports that systems hand to outgoing connections (32768 up on Linux, 49152 up on macOS), so that a member
// which is killed and started again finds its port free; above 10001 and under 22379, which `pnpm dev` uses.
const FIRST_PORT = 10_100;
const LAST_PORT = 22_000;
/** A file for each port that was given to a process, with its id. */
const CLAIMS = join(tmpdir(), `ringcache-ports-${userInfo().uid}`);
/** Tries before {@link freePort} gives up; with so many ports taken something else is wrong. */
const MAX_TRIES = 200;

/** A port that should be ours is held by another process. The message says by which, and what to do. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number, what: string, holder: string | undefined, remedy = 'stop that process') {
    super(`port ${port}, which ${what} needs, is held by ${holder ?? 'a process of another user'}: ${remedy}`);
    this.port = port;
  }
}

/**
 * Returns a TCP port of 127.0.0.1 that nobody listens on now. Processes of one user that ask here get different ones for as long
 * as they live; others may take it.
 */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!;
}

/** Returns `count` distinct ports, as {@link freePort}. @param folder where processes note which they have. */
export async function freePorts(count: number, folder = CLAIMS): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > MAX_TRIES + count) throw new Error(`no ${count} free ports between ${FIRST_PORT} and ${LAST_PORT}`);
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if ((await claimPort(port, folder)) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

/**
 * Resolves if nobody listens on the ports.
 * @param what needs them, for the message: `etcd member infra1`.
 * @param otherwise what else can be done about it than to stop the process that holds one.
 * @throws {PortTakenError} for the first port that is held.
 */
export async function requirePorts(ports: readonly number[], what: string, otherwise?: string): Promise<void> {
  for (const port of ports) {
    if (await isFree(port)) continue;
    const holder = holderOfPort(port);
    const stop = holder === undefined ? `stop it (sudo lsof -i :${port} names it)` : `stop it (kill ${holder.pid})`;
    const remedy = otherwise === undefined ? stop : `${stop}, or ${otherwise}`;
    throw new PortTakenError(port, what, holder && `${holder.command} (pid ${holder.pid})`, remedy);
  }
}

/** Writes this process's id into the port's file. False: a process that lives has it, this one perhaps. */
export async function claimPort(port: number, folder: string): Promise<boolean> {
  const file = join(folder, String(port));
  await mkdir(folder, { recursive: true });
  const write = () =>
    writeFile(file, String(process.pid), { flag: 'wx' }).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      },
    );
  if (await write()) return true;
  const holder = Number(await readFile(file, 'utf8').catch(() => ''));
  if (holder === 0 || isAlive(holder)) return false; // 0: it is being written
  await rm(file, { force: true }); // that has ended
  return write();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
