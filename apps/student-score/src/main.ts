#!/usr/bin/env node
import { once } from 'node:events';
import { ConfigError } from '@ringcache/config';
import { createLogger, type Logger } from '@ringcache/logger';
import { tracingFrom } from '@ringcache/tracing';
import { Command } from 'commander';
import { startApp } from './app.js';
import { connectCache } from './cache.js';
import { ENVIRONMENT, readConfig, type StudentScoreConfig } from './config.js';

const DRAIN_MS = 5_000; // for calls in flight
const EXIT_MS = 10_000; // for all of the ending; below what orchestrators wait before they kill (30 s in Kubernetes)
const EXIT_BAD_CONFIG = 2;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

interface Flags {
  readonly config?: string;
  readonly listen?: string;
  readonly seed: boolean;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

const environment = Object.entries(ENVIRONMENT)
  .map(([name, path]) => `  ${name.padEnd(26)}${path}`)
  .join('\n');

const program = new Command('student-score')
  .description("Students' scores in PostgreSQL over gRPC, as an origin for ringcache.")
  .option('-c, --config <file>', 'YAML file')
  .option('--listen <host:port>', 'where to serve gRPC; default localhost:50051')
  .option('--no-seed', 'do not add the sample students that are missing')
  .option('--log-level <level>', 'error, warn, info or debug')
  .option('--log-format <format>', 'auto, pretty or json')
  .showHelpAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_BAD_CONFIG))
  .addHelpText(
    'after',
    `
Flags go before the environment, the environment before the file, the file before defaults.

Environment:
${environment}

Example:
  $ DATABASE_URL=postgres://postgres:postgres@localhost:5432/ringcache student-score --listen localhost:50051`,
  );

const config = configOf(program.parse().opts<Flags>());
if (config !== undefined) await run(config);

function configOf(flags: Flags): StudentScoreConfig | undefined {
  try {
    return readConfig(flags.config, {
      listen: flags.listen,
      seed: flags.seed ? undefined : false, // commander has no "not given" for --no-…
      'log.level': flags.logLevel,
      'log.format': flags.logFormat,
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT_BAD_CONFIG;
    return undefined;
  }
}

async function run(config: StudentScoreConfig): Promise<void> {
  const log = createLogger({ level: config.log.level, format: config.log.format, name: 'student-score' });
  const stopping = stopOnSignal(log);
  const cache = connectCache(config, log);
  const tracing = await tracingFrom(config.tracing, {
    instanceId: config.listen,
    onProblem: (message) => log.warn(`traces: ${message}`),
  });
  try {
    const app = await startApp({ config, log, invalidate: cache.invalidate, tracing, signal: stopping });
    log.info('serving gRPC', { listen: config.listen, port: app.port });
    if (!stopping.aborted) await once(stopping, 'abort');
    await app.close(DRAIN_MS);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return; // told to stop while it was starting
    log.error(error instanceof Error ? error.message : String(error));
    log.debug('cause', { error });
    process.exitCode = 1;
  } finally {
    await cache.close();
    await tracing?.close();
  }
}

/** The first signal asks for an orderly end, bounded in time; the second ends at once. */
function stopOnSignal(log: Logger): AbortSignal {
  const controller = new AbortController();
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + number);
      log.info(`${signal}: stopping`);
      controller.abort();
      const giveUp = () => {
        log.error(`not stopped within ${EXIT_MS} ms`);
        process.exit(1);
      };
      setTimeout(giveUp, EXIT_MS).unref();
    });
  }
  return controller.signal;
}
