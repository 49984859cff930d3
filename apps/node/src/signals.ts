import { closeSync, openSync } from 'node:fs';
import { endLogger, type Logger } from '@ringcache/logger';

export interface Signals {
  /** Aborted by a signal, or {@link stop}, that comes before {@link stopWith}. */
  readonly starting: AbortSignal;
  /** From now on the first signal stops the process this way. What it resolves to is the exit code. */
  stopWith(stop: () => Promise<number>): void;
  /** From now on SIGHUP does this, and if there was one before, this is done at once. What it rejects with is not told. */
  reloadWith(reload: () => Promise<unknown>): void;
  /** Stops the process as the first signal does, if it is not stopping yet. */
  stop(reason: string): void;
  /** Ends the process once its logs are written. */
  end(code: number): void;
}

/**
 * SIGTERM and SIGINT: the first stops the process in good order, or with exit code 1 if that takes longer than its bound; a
 * second ends it at once. SIGHUP reads the configuration again, unless it says that the terminal has gone: then it stops too.
 */
export function endOnSignals(options: { logger: Logger; timeoutMs: number }): Signals {
  const { logger, timeoutMs } = options;
  const starting = new AbortController();
  let how: (() => Promise<number>) | undefined;
  const hasTerminal = isTerminalThere();
  let signals = 0;
  let reload: (() => Promise<unknown>) | undefined;
  let isReloadWanted = false;

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => received(signal));
  process.on('SIGHUP', hungUp);
  return {
    starting: starting.signal,
    stopWith(stopping) {
      how = stopping;
      if (starting.signal.aborted) void stopped(how);
    },
    reloadWith(reloading) {
      reload = reloading;
      if (isReloadWanted) hungUp();
    },
    stop,
    end,
  };

  function received(signal: NodeJS.Signals): void {
    signals++;
    if (signals > 1) process.exit(1);
    stop(`${signal}: leaving the ring; a second signal ends at once`);
  }

  function hungUp(): void {
    if (hasTerminal && !isTerminalThere()) stop('SIGHUP, and the terminal has gone: leaving the ring');
    if (starting.signal.aborted) return;
    isReloadWanted = reload === undefined;
    reload?.().catch(() => {}); // which has logged why
  }

  function stop(reason: string): void {
    if (starting.signal.aborted) return;
    logger.info(reason);
    // Not unref'ed: it also keeps the process until what hangs has had its time.
    setTimeout(() => {
      logger.error(`not stopped within ${timeoutMs} ms: ending all the same`);
      end(1);
    }, timeoutMs);
    starting.abort();
    if (how !== undefined) void stopped(how);
  }

  async function stopped(stopping: () => Promise<number>): Promise<void> {
    const code = await stopping();
    logger.info('stopped');
    end(code);
  }

  function end(code: number): void {
    void endLogger(logger).then(() => process.exit(code));
  }
}

/** A terminal that is closed sends SIGHUP to what was started in it, which nobody could stop there any more. */
function isTerminalThere(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false; // none, or it has gone
  }
}
