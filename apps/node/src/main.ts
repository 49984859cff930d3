#!/usr/bin/env node
import { ConfigError } from '@ringcache/config';
import { createLogger } from '@ringcache/logger';
import { Command, Option } from 'commander';
import { stringify } from 'yaml';

import {
  BAD_CONFIG,
  ENVIRONMENT,
  type NodeConfig,
  nodeConfig,
  printable,
  readSettings,
  type Settings,
} from './config.js';
import { configWarnings } from './config-warnings.js';
import { memberConfig, memberConfigs, memberId } from './member-config.js';
import type { ConfigSource } from './reload.js';
import { onServiceEnd, Service } from './service.js';
import { endOnSignals } from './signals.js';

const MEMBERS_END_MS = 1_000; // after their own bound, for members that do not even keep that

interface Flags {
  config?: string;
  cluster?: string;
  id?: string;
  grpc?: string;
  http?: string;
  processes?: string;
  portStep?: string;
  memberIndex?: number;
  logLevel?: string;
  logFormat?: string;
}

const environment = Object.entries(ENVIRONMENT)
  .map(([name, path]) => `  ${name.padEnd(26)}${path}`)
  .join('\n');

const program = new Command('ringcache-node')
  .description('One member of a ring of caches.')
  .addOption(new Option('-c, --config <file>', 'YAML file').env('RINGCACHE_CONFIG'))
  .option('--cluster <name>', 'of which cluster it is; default: dev')
  .option('--id <id>', 'what the ring hashes; default: the gRPC address')
  .option('--grpc <host:port>', 'where other members and clients reach this one')
  .option('--http <host:port>', 'the same over HTTP')
  .option('--processes <n>', 'members to run on this machine, each a process with ports of its own; auto: one per core')
  .option('--port-step <n>', 'from the ports of one of them to those of the next; default: 1')
  .addOption(
    new Option('--member-index <i>', 'given to each of them by the first process').argParser(Number).hideHelp(),
  )
  .option('--log-level <level>', 'error, warn, info or debug')
  .option('--log-format <format>', 'auto, pretty or json')
  .showHelpAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_CONFIG))
  .addHelpText(
    'after',
    `
Flags go before the environment, the environment before the file, the file before defaults.

Environment:
${environment}

Examples:
  $ ringcache-node --config node.yaml
  $ ringcache-node --config node.yaml --processes auto
  $ ringcache-node config print --config node.yaml`,
  )
  .action(async (flags: Flags) => run(flags));

const config = program.command('config').description('look at the configuration');
config
  .command('print')
  .description('print what is in force, secrets as ***')
  .action(() => {
    const config = configOf(program.opts<Flags>());
    process.stdout.write(membersAsComment(config) + stringify(printable(config)));
  });
config
  .command('check')
  .description('say whether the configuration can be used: exit code 0, or 2')
  .action(() => {
    const config = configOf(program.opts<Flags>());
    for (const warning of configWarnings(config)) process.stdout.write(`note: ${warning}\n`);
    process.stdout.write('the configuration is good\n');
  });

await program.parseAsync();

function configOf(flags: Flags): NodeConfig {
  return nodeConfig(settingsOf(flags));
}

function settingsOf(flags: Flags): Settings {
  try {
    return readAll(flags);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(BAD_CONFIG);
  }
}

function readAll(flags: Flags): Settings {
  return readSettings(flags.config, {
    'member.cluster': flags.cluster,
    'member.id': flags.id,
    'member.grpc': flags.grpc,
    'member.http': flags.http,
    processes: flags.processes,
    portStep: flags.portStep,
    'log.level': flags.logLevel,
    'log.format': flags.logFormat,
  });
}

async function run(flags: Flags): Promise<void> {
  const settings = settingsOf(flags);
  const config = nodeConfig(settings);
  const read = () => readAll(flags);
  if (config.processes === 1) return runMember({ settings, read, configOf: nodeConfig }, flags);
  if (flags.memberIndex === undefined) return runService(config);
  const configOf = (each: Settings) => memberConfig(nodeConfig(each), flags.memberIndex!);
  await runMember({ settings, read, configOf }, flags, memberConfigs(config).map(memberId));
}

/** @param service ids of the members of this one's service, itself among them. */
async function runMember(source: ConfigSource, flags: Flags, service?: readonly string[]): Promise<void> {
  const config = source.configOf(source.settings);
  const logger = createLogger({ ...config.log, name: `node ${config.member.id ?? config.member.grpc}` });
  const signals = endOnSignals({ logger, timeoutMs: config.shutdown.timeout });
  let together: readonly string[] = [];
  if (service !== undefined) {
    onServiceEnd(() => {
      together = service;
      signals.stop('the service ends: leaving the ring');
    });
  }
  try {
    const { startDaemon } = await import('./daemon.js'); // not for the process of a service, which is to stay small
    const daemon = await startDaemon({
      config,
      source,
      configFile: flags.config,
      logger,
      signal: signals.starting,
      drain: () => signals.stop('drain asked for by an operator: leaving the ring'),
    });
    signals.reloadWith(() => daemon.reload.run());
    signals.stopWith(async () => {
      await daemon.stop({ together });
      return 0;
    });
  } catch (error) {
    if (signals.starting.aborted) return signals.end(0);
    logger.error(startFailure(error, config));
    signals.end(1);
  }
}

function runService(config: NodeConfig): void {
  const logger = createLogger({ ...config.log, name: 'service' });
  const signals = endOnSignals({ logger, timeoutMs: config.shutdown.timeout + MEMBERS_END_MS });
  const service = new Service({
    config,
    args: process.argv.slice(2),
    env: process.env,
    logger,
    onBadConfig: () => signals.stop('the service ends: leaving the ring'),
  });
  signals.reloadWith(() => service.reload());
  signals.stopWith(() => service.stop());
  process.on('exit', () => service.kill()); // those that are left when time is up, or with a second signal
}

/** For who wants to know what the numbers come to. */
function membersAsComment(config: NodeConfig): string {
  if (config.processes === 1) return '';
  const lines = memberConfigs(config).map((each) => `#   ${memberId(each)}: ${addressesOf(each).join(', ')}\n`);
  return `# ${config.processes} members:\n${lines.join('')}`;
}

function startFailure(error: unknown, config: NodeConfig): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE') return `cannot start: ${message}`;
  const addresses = addressesOf(config);
  return `cannot start: ${message}. One of ${addresses.join(', ')} is in use: stop what listens there, or choose others with --grpc and --http`;
}

/** Where the node listens. */
function addressesOf({ member, listen }: NodeConfig): string[] {
  return [listen.grpc ?? member.grpc, listen.http ?? member.http].filter((address) => address !== '');
}
