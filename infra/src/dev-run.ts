// Starts a part of `pnpm dev` once what it needs is there:
//   node --import tsx ../../infra/src/dev-run.ts --name 'node 1' --wait etcd --ports 9999,8081 -- <command…>
import { Command } from 'commander';
import { Child } from './child.js';
import { enterParts } from './dev-parts.js';
import { waitForDevState } from './dev-state.js';
import { requirePorts } from './ports.js';
import { print, runMain } from './run-main.js';
import { untilStopped } from './until-stopped.js';

interface Options {
  readonly name?: string;
  readonly wait: string[];
  readonly ports: number[];
}

/** For a graceful stop; the task runner itself kills what takes longer than 10 s. */
const STOP_TIMEOUT_MS = 9_000;
const commas = (text: string): string[] => text.split(',').filter((part) => part !== '');

const program = new Command('dev-run')
  .description('Runs a command once what it needs is there, and passes signals and the exit code on')
  .option('--name <name>', 'what messages call the part')
  .option('--wait <parts>', 'etcd, postgres, or both with a comma', commas, [])
  .option('--ports <ports>', 'ports that must be free, with commas', (text) => commas(text).map(Number), [])
  .argument('<command...>', 'after --');

runMain(async () => {
  const [command, ...args] = program.parse().args;
  const { name = command!, wait, ports } = program.opts<Options>();
  const stopped = untilStopped();
  await requirePorts(ports, name);
  const env = await Promise.race([environment(wait), stopped]);
  if (env === undefined) return 0; // stopped while it waited

  await enterParts();
  const child = new Child({ command: command!, args, env, log: 'inherit' });
  await Promise.race([stopped, child.exited]);
  if (!child.running) return child.exitCode ?? 1;
  // One signal, whatever came to us: the terminal and the task runner both send theirs, and to a node two mean "at
  // once".
  await child.end('SIGINT', STOP_TIMEOUT_MS);
  return 0;
});

/** Our environment and, once they are known, the addresses of what the part needs. */
async function environment(parts: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env };
  if (parts.includes('postgres') && !env.DATABASE_URL) {
    const { url } = await waitForDevState('postgres', { onWait: () => print('waiting for PostgreSQL …') });
    env.DATABASE_URL = url;
  }
  if (parts.includes('etcd') && !env.ETCD_HOSTS) {
    const state = await waitForDevState('etcd', { onWait: () => print('waiting for etcd …') });
    if ('static' in state) env.RINGCACHE_DISCOVERY_TYPE = 'static';
    else env.ETCD_HOSTS = state.hosts.join(',');
  }
  return env;
}
