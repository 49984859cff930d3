import { endLogger, type Logger } from '@ringcache/logger';

export interface Signals {
  /** Aborted by a signal that comes before {@link stopWith}. */
  readonly starting: AbortSignal;
  /** From now on the first signal stops the process this way. */
  stopWith(stop: () => Promise<void>): void;
  /** Ends the process once its logs are written. */
  end(code: number): void;
}

/**
 * SIGTERM and SIGINT: the first stops the process in good order, with exit code 0, or 1 if that takes longer than its bound;
 * a second ends it at once.
 */
export function endOnSignals(options: { logger: Logger; timeoutMs: number }): Signals {
  const { logger, timeoutMs } = options;
  const starting = new AbortController();
  let stop: (() => Promise<void>) | undefined;
  let signals = 0;

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void received(signal));
  return {
    starting: starting.signal,
    stopWith(how) {
      stop = how;
      if (starting.signal.aborted) void stopInTime(how);
    },
    end,
  };

  async function received(signal: NodeJS.Signals): Promise<void> {
    signals++;
    if (signals > 1) process.exit(1);
    logger.info(`${signal}: leaving the ring; a second signal ends at once`);
    starting.abort();
    if (stop !== undefined) await stopInTime(stop);
  }

  async function stopInTime(how: () => Promise<void>): Promise<void> {
    // Not unref'ed: it also keeps the process until what hangs has had its time.
    setTimeout(() => {
      logger.error(`not stopped within ${timeoutMs} ms: ending all the same`);
      end(1);
    }, timeoutMs);
    await how();
    logger.info('stopped');
    end(0);
  }

  function end(code: number): void {
    void endLogger(logger).then(() => process.exit(code));
  }
}
