// Server processes of a measurement, each in a process group of its own with a guard (infra's Child): whatever ends the bench,
// Ctrl-C and SIGKILL included, they end with it.

import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, freePorts } from '@ringcache/infra';

import { trackProcess } from '../running-processes.js';
import { HOST } from './where.js';

export interface Servers {
  /** `host:port` that clients ask, of every one. */
  readonly addresses: readonly string[];
  /** All that each was given. */
  readonly ports: readonly (readonly number[])[];
  readonly pids: readonly number[];
  /** Ends them and removes their folder. Idempotent. */
  stop(): Promise<void>;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export interface StartOptions {
  /** How many processes. */
  readonly count: number;
  /** Ports for each, 1 or more; clients are given the first. */
  readonly portsEach?: number;
  /** What to run. May write into the folder, which is removed at the end. */
  readonly command: (i: number, ports: readonly (readonly number[])[], folder: string) => Command | Promise<Command>;
  /** Resolves once the i-th takes requests; called again and again until then. Default: it takes connections. */
  readonly ready?: (ports: readonly number[]) => Promise<void>;
}

const START_PATIENCE_MS = 60_000; // types are stripped anew at each start, and the machine may be busy
const LOOK_EVERY_MS = 25;
const STOP_PATIENCE_MS = 5_000;

/** @throws {Error} with what a process said last, if one ends or isn't ready in time; then all are stopped. */
export async function startServers({ count, portsEach = 1, command, ready }: StartOptions): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'ringcache-bench-'));
  const free = await freePorts(count * portsEach);
  const ports = Array.from({ length: count }, (_, i) => free.slice(i * portsEach, (i + 1) * portsEach));
  const children: Child[] = [];
  const stop = async () => {
    await Promise.all(children.map((child) => child.end('SIGTERM', STOP_PATIENCE_MS)));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (let i = 0; i < count; i++) {
      const what = await command(i, ports, folder);
      const child = new Child({ ...what, cwd: folder, env: plainEnv(), removeWithUs: folder });
      const strikeOut = trackProcess([what.command, ...what.args].join(' '));
      void child.exited.then(strikeOut, strikeOut);
      children.push(child);
    }
    await Promise.all(children.map((child, i) => untilReady(child, () => (ready ?? acceptsConnections)(ports[i]!))));
  } catch (error) {
    await stop();
    throw error;
  }
  const addresses = ports.map(([port]) => `${HOST}:${port}`);
  return { addresses, ports, pids: children.map(({ pid }) => pid), stop };
}

/** Runs a TypeScript module of the workspace, its types taken out and nothing else done to it, as measured code must be. */
export function fromSource(module: URL, args: readonly string[]): Command {
  const loader = new URL('../../strip-types.js', import.meta.url).href;
  return {
    command: process.execPath,
    args: ['--import', loader, '--conditions=source', fileURLToPath(module), ...args],
  };
}

async function untilReady(child: Child, ready: () => Promise<void>): Promise<void> {
  const lateAt = performance.now() + START_PATIENCE_MS;
  for (;;) {
    try {
      return await ready();
    } catch (error) {
      if (!child.running) throw new Error(`a server ended before it was ready:\n${child.lastLines}`);
      if (performance.now() > lateAt) throw new Error(`a server isn't ready:\n${child.lastLines}`, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function acceptsConnections([port]: readonly number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port!, HOST);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** What the bench runs with (a test runner's flags, a NODE_ENV) is not part of the measurement. */
function plainEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_ENV: __, ...env } = process.env;
  return env;
}
