import { CacheError, LOG_LEVELS, type LogLevel } from '@ringcache/cache-core';
import type { Logger } from '@ringcache/logger';
import type { OperatorOptions } from 'ringcache';
import { stringify } from 'yaml';

import { type NodeConfig, printable } from './config.js';
import type { Reload } from './reload.js';

export interface OperatorParts {
  readonly logger: Logger;
  /** undefined: the node is starting. */
  readonly reload: () => Pick<Reload, 'run' | 'config'> | undefined;
  /** Begins to stop the process, as a signal does. */
  readonly drain: () => void;
}

/** What the daemon does at an operator's word, beyond what any member does. */
export function nodeOperator({ logger, reload, drain }: OperatorParts): OperatorOptions {
  const running = () => {
    const started = reload();
    if (started !== undefined) return started;
    throw new CacheError('unavailable', 'this member is starting');
  };
  return {
    drain,
    // The schema of the configuration has the same levels.
    logLevel: (level) => (level === undefined ? (logger.level as LogLevel) : changeLevel(logger, level)),
    config: () => configText(running().config),
    reload: async (dryRun) => running().run({ dryRun }),
  };
}

/** As `config print` has it, without what that says of other members. */
function configText(config: NodeConfig): string {
  return stringify(printable(config));
}

function changeLevel(logger: Logger, to: LogLevel): LogLevel {
  const from = logger.level as LogLevel;
  if (from === to) return to;
  // Whoever reads the log is to see why it falls silent, or grows: so it is told while more is told.
  const wasMore = LOG_LEVELS.indexOf(from) > LOG_LEVELS.indexOf(to);
  const shown = [from, to].some((level) => level === 'info' || level === 'debug') ? 'info' : 'warn';
  const tell = () => logger.log(shown, 'log level changed by an operator', { from, to });
  if (wasMore) tell();
  logger.level = to;
  if (!wasMore) tell();
  return to;
}
