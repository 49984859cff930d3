#!/usr/bin/env node
import { ConfigError } from '@ringcache/config';
import { createLogger } from '@ringcache/logger';
import { Command, Option } from 'commander';
import { stringify } from 'yaml';

import { ENVIRONMENT, type NodeConfig, printable, readConfig } from './config.js';
import { startDaemon } from './daemon.js';
import { endOnSignals } from './signals.js';

const BAD_CONFIG = 2;

interface Flags {
  config?: string;
  id?: string;
  grpc?: string;
  http?: string;
  logLevel?: string;
  logFormat?: string;
}

const environment = Object.entries(ENVIRONMENT)
  .map(([name, path]) => `  ${name.padEnd(26)}${path}`)
  .join('\n');

const program = new Command('ringcache-node')
  .description('One member of a ring of caches.')
  .addOption(new Option('-c, --config <file>', 'YAML file').env('RINGCACHE_CONFIG'))
  .option('--id <id>', 'what the ring hashes; default: the gRPC address')
  .option('--grpc <host:port>', 'where other members and clients reach this one')
  .option('--http <host:port>', 'the same over HTTP')
  .option('--log-level <level>', 'error, warn, info or debug')
  .option('--log-format <format>', 'auto, pretty or json')
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
Flags go before the environment, the environment before the file, the file before defaults.

Environment:
${environment}

Examples:
  $ ringcache-node --config node.yaml
  $ ringcache-node config print --config node.yaml`,
  )
  .action(async (flags: Flags) => run(flags));

const config = program.command('config').description('look at the configuration');
config
  .command('print')
  .description('print what is in force, secrets as ***')
  .action(() => {
    process.stdout.write(stringify(printable(configOf(program.opts<Flags>()))));
  });
config
  .command('check')
  .description('say whether the configuration can be used: exit code 0, or 2')
  .action(() => {
    configOf(program.opts<Flags>());
    process.stdout.write('the configuration is good\n');
  });

await program.parseAsync();

function configOf(flags: Flags): NodeConfig {
  try {
    return readConfig(flags.config, {
      'member.id': flags.id,
      'member.grpc': flags.grpc,
      'member.http': flags.http,
      'log.level': flags.logLevel,
      'log.format': flags.logFormat,
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(BAD_CONFIG);
  }
}

async function run(flags: Flags): Promise<void> {
  const config = configOf(flags);
  const logger = createLogger({ ...config.log, name: `node ${config.member.id ?? config.member.grpc}` });
  const signals = endOnSignals({ logger, timeoutMs: config.shutdown.timeout });
  try {
    const daemon = await startDaemon({ config, configFile: flags.config, logger, signal: signals.starting });
    signals.stopWith(() => daemon.stop());
  } catch (error) {
    if (signals.starting.aborted) return signals.end(0);
    logger.error(startFailure(error, config));
    signals.end(1);
  }
}

function startFailure(error: unknown, { member, listen }: NodeConfig): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE') return `cannot start: ${message}`;
  const addresses = [listen.grpc ?? member.grpc, listen.http ?? member.http].filter((address) => address !== '');
  return `cannot start: ${message}. One of ${addresses.join(', ')} is in use: stop what listens there, or choose others with --grpc and --http`;
}
