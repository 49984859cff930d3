const CHECK_PARENT_EVERY_MS = 500;

/**
 * Resolves when this process is asked to end (SIGINT, SIGTERM, SIGHUP) or its parent is gone: a task runner that is killed
 * tells nobody. Keeps the process alive until then; later signals are ignored, as the end is under way.
 */
export function untilStopped(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid !== parent) stop();
    }, CHECK_PARENT_EVERY_MS);
    const stop = () => {
      clearInterval(timer);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  });
}
