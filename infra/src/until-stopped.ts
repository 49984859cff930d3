import { pidsUpToTurbo } from './ancestry.js';
import { isAlive } from './is-alive.js';

const LOOK_EVERY_MS = 500;

/**
 * Resolves when this process is asked to end (SIGINT, SIGTERM, SIGHUP), or when what runs it is gone: a closed terminal
 * ends turbo, and turbo then tells nobody. Keeps the process alive until then; later signals are ignored, as the end is
 * under way.
 */
export function untilStopped(): Promise<void> {
  const runners = pidsUpToTurbo();
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid !== runners[0] || !runners.every(isAlive)) stop();
    }, LOOK_EVERY_MS);
    const stop = () => {
      clearInterval(timer);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  });
}
