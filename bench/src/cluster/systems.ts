// The systems under measurement: what each needs on this machine, and how its servers are started. Each keeps everything in
// memory, has room for all keys, and listens on loopback without TLS.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findOnPath } from '@ringcache/infra';

import type { System } from './contenders.js';
import { fromSource, type Servers, startServers } from './servers.js';
import { GROUP, HOST } from './where.js';

interface SystemKind {
  /** Undefined if it can be started here; else what is missing, and where it comes from. */
  readonly missing: () => string | undefined;
  readonly start: (valueBytes: number) => Promise<Servers>;
}

export const MEMBERS = 3;
const MAX_BYTES = 512 * 1024 * 1024; // for a node or server: a hundred thousand keys with values of 4 KiB
const DAEMON = new URL('../../../apps/node/src/main.ts', import.meta.url);

const GO_PATH = '/usr/share/gocode'; // where Debian's packages put sources
const GROUPCACHE = `${GO_PATH}/src/github.com/golang/groupcache`;

export const SYSTEM_KINDS: Record<System, SystemKind> = {
  ringcache: { missing: () => undefined, start: () => startRingcache(MEMBERS) },
  redis: { missing: () => missingCommand('redis-server', 'redis-server'), start: startRedis },
  memcached: { missing: () => missingCommand('memcached', 'memcached'), start: startMemcached },
  groupcache: {
    missing: () => {
      const packages = 'golang-go golang-github-golang-groupcache-dev';
      return missingCommand('go', packages) ?? (existsSync(GROUPCACHE) ? undefined : missing(GROUPCACHE, packages));
    },
    start: startGroupcache,
  },
};

/**
 * Nodes of ours, as the daemon runs them, with one group that has no origin. Each has two ports: gRPC, HTTP.
 * @param groups others, as a node's configuration has them.
 * @param settings others, likewise.
 */
export function startRingcache(
  count: number,
  groups: Readonly<Record<string, object>> = {},
  settings: object = {},
): Promise<Servers> {
  return startServers({
    count,
    portsEach: 2,
    command: async (i, ports, folder) => {
      const members = ports.map(([grpc, web]) => ({
        id: `${HOST}:${grpc}`,
        grpc: `${HOST}:${grpc}`,
        http: `${HOST}:${web}`,
      }));
      const config = {
        member: members[i],
        discovery: { type: 'static', members },
        ring: { handoff: 0 }, // all begin empty, and end together
        groups: { [GROUP]: { origin: { type: 'none' }, maxBytes: MAX_BYTES }, ...groups },
        log: { level: 'warn' },
        ...settings,
      };
      const file = join(folder, `node-${i}.json`); // JSON is YAML
      await writeFile(file, JSON.stringify(config));
      return fromSource(DAEMON, ['--config', file]);
    },
    ready: async ([, web]) => {
      const { ok, status } = await fetch(`http://${HOST}:${web}/readyz`);
      if (!ok) throw new Error(`/readyz answers ${status}`);
    },
  });
}

function startRedis(): Promise<Servers> {
  const args = ['--bind', HOST, '--save', '', '--appendonly', 'no', '--loglevel', 'warning'];
  return startServers({
    count: 1,
    command: (_, [ports]) => ({ command: 'redis-server', args: ['--port', String(ports![0]), ...args] }),
  });
}

function startMemcached(): Promise<Servers> {
  const memory = ['-m', String(MAX_BYTES / (1024 * 1024))];
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : []; // it refuses to run as root unless it is told to
  return startServers({
    count: 1,
    command: (_, [ports]) => ({
      command: 'memcached',
      args: ['-l', HOST, '-p', String(ports![0]), ...memory, ...user],
    }),
  });
}

async function startGroupcache(valueBytes: number): Promise<Servers> {
  let program = '';
  return startServers({
    count: MEMBERS,
    command: async (i, ports, folder) => {
      if (i === 0) program = await buildGroupcache(folder);
      const all = ports.map(([port]) => `${HOST}:${port}`);
      const args = ['-self', all[i]!, '-peers', all.join(','), '-value-bytes', String(valueBytes)];
      return { command: program, args };
    },
  });
}

/** Without modules, since nothing is downloaded: the packages' own sources are taken. */
async function buildGroupcache(folder: string): Promise<string> {
  const program = join(folder, 'groupcache');
  const source = fileURLToPath(new URL('./groupcache/main.go', import.meta.url));
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_PATH };
  await promisify(execFile)('go', ['build', '-o', program, source], { env });
  return program;
}

function missingCommand(command: string, packages: string): string | undefined {
  return findOnPath(command, process.env) === undefined ? missing(`${command} on the PATH`, packages) : undefined;
}

function missing(what: string, packages: string): string {
  return `no ${what} (Debian: apt-get install ${packages})`;
}
