// Real processes of the system, as a user would start them, for tests that watch them from outside.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '@ringcache/infra';
import { type App, commandOf } from '@ringcache/infra/testing/built';

const STOP_PATIENCE_MS = 60_000; // a node that leaves stays to answer for its handoff
const START_PATIENCE_MS = 120_000; // on machines with two cores, while other suites run
const LOOK_EVERY_MS = 25;

export interface Program {
  readonly child: Child;
  /** Every line that it printed. */
  readonly lines: readonly string[];
  /** Ends it if it still runs. */
  stop(): Promise<void>;
}

/** Runs an app as it is built. */
export function run(app: App, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const lines: string[] = [];
  const [node, main] = commandOf(app) as [string, string];
  const child = new Child({
    command: node,
    args: [main, ...args],
    env: { ...withoutJest(process.env), LOG_FORMAT: 'json', ...env },
    log: (line) => lines.push(line),
  });
  return {
    child,
    lines,
    stop: async () => {
      await child.kill('SIGCONT');
      await child.end('SIGTERM', STOP_PATIENCE_MS);
    },
  };
}

export interface NodeProcess extends Program {
  readonly id: string;
  readonly http: string;
}

export interface NodeOptions {
  grpcPort: number;
  httpPort: number;
  /** Where the others reach its gRPC port, if it is not there. */
  reached?: string;
  etcd?: readonly string[];
  /** In place of etcd. */
  discovery?: object;
  /** Groups as in a config file. */
  groups: Record<string, object>;
  /** Tokens and rates as in a config file. */
  access?: object;
  ttl?: string;
  /** How long it waits in an empty etcd until it begins a ring. Default 500 ms. */
  firstViewAfter?: string;
  /** How long a node that leaves stays to answer. */
  handoff?: string;
  /** Further settings, as in a config file. */
  settings?: object;
  env?: NodeJS.ProcessEnv;
}

/** Starts a node; it may not be ready yet. */
export async function startNode(options: NodeOptions): Promise<NodeProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'ringcache-e2e-'));
  const config = join(folder, 'node.json'); // JSON is YAML
  const discovery = options.discovery ?? {
    firstViewAfter: options.firstViewAfter ?? '500ms',
    ttl: options.ttl ?? '3s',
    hosts: options.etcd,
  };
  const listen = `localhost:${options.grpcPort}`;
  const id = options.reached ?? listen;
  await writeFile(
    config,
    JSON.stringify({
      member: { cluster: 'e2e' },
      discovery,
      listen: { grpc: listen },
      groups: options.groups,
      ...(options.access === undefined ? {} : { access: options.access }),
      ring: { handoff: options.handoff ?? '2s' },
      log: { level: 'debug' },
      ...options.settings,
    }),
  );
  const http = `localhost:${options.httpPort}`;
  const program = run('node', ['--config', config, '--grpc', id, '--http', http], options.env);
  const stop = async () => {
    await program.stop();
    await rm(folder, { recursive: true });
  };
  return { ...program, stop, id, http: `http://${http}` };
}

/** Calls `look` until it gives a truthy value, and fails loudly, with what the programs said, if it never does. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  options: { withinMs?: number; programs?: readonly Program[] } = {},
): Promise<NonNullable<T>> {
  const { withinMs = START_PATIENCE_MS, programs = [] } = options;
  const startedAt = performance.now();
  for (;;) {
    const found = await Promise.resolve()
      .then(look)
      .catch(() => undefined); // not yet: a server that is starting refuses connections
    if (found) return found;
    if (performance.now() - startedAt > withinMs) {
      const said = programs.flatMap((program) => program.lines.slice(-10)).join('\n');
      throw new Error(`not within ${withinMs} ms: ${what}\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Ids of the ring as the node sees it. */
export async function ringOf(node: NodeProcess): Promise<string[]> {
  const response = await fetch(`${node.http}/v1/admin/members`, { signal: AbortSignal.timeout(2_000) });
  const { members } = (await response.json()) as { members: { id: string }[] };
  return members.map((member) => member.id).sort();
}

/** Waits until every node sees just these nodes in its ring; returns after how many ms. */
export async function untilRings(
  nodes: readonly NodeProcess[],
  members: readonly NodeProcess[],
  withinMs?: number,
): Promise<number> {
  const startedAt = performance.now();
  const wanted = members
    .map((node) => node.id)
    .sort()
    .join();
  const agree = async () => (await Promise.all(nodes.map(ringOf))).every((ids) => ids.join() === wanted);
  await until(`all rings are ${wanted}`, agree, { programs: nodes, ...(withinMs === undefined ? {} : { withinMs }) });
  return performance.now() - startedAt;
}

export interface Got {
  readonly status: number;
  readonly text: string;
  readonly source: string | null;
  readonly servedBy: string | null;
}

export async function get(node: NodeProcess, group: string, key: string): Promise<Got> {
  const path = `/v1/groups/${encodeURIComponent(group)}/keys/${encodeURIComponent(key)}`;
  const response = await fetch(node.http + path, { signal: AbortSignal.timeout(60_000) });
  return {
    status: response.status,
    text: await response.text(),
    source: response.headers.get('x-ringcache-source'),
    servedBy: response.headers.get('x-ringcache-served-by'),
  };
}

function withoutJest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, JEST_WORKER_ID: __, NODE_ENV: ___, ...rest } = env;
  return rest;
}
