import { createServer } from 'node:net';
import { holderOfPort } from './port-holder.js';

// Below the ports that systems hand to outgoing connections (32768 up on Linux, 49152 up on macOS), so that a member
// which is killed and started again finds its port free; above 10001 and under 22379, which `pnpm dev` uses.
const FIRST_PORT = 10_100;
const LAST_PORT = 22_000;
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

/** A TCP port of 127.0.0.1 that nobody listens on now. Nothing reserves it: bind soon, try another if that fails. */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!;
}

/** `count` distinct ports, as {@link freePort}. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > MAX_TRIES + count) throw new Error(`no ${count} free ports between ${FIRST_PORT} and ${LAST_PORT}`);
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
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

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
