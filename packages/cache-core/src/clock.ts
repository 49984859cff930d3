import { setMaxListeners } from 'node:events';

import type { Clock } from './contracts.js';

const MAX_DELAY_MS = 2 ** 31 - 1; // 24 days; a longer timer Node fires at once

/** The process's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS)).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after `ms`, or when the signal is aborted. Its timer is cleared in either case. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal === undefined) return void clock.setTimeout(resolve, ms);
    if (signal.aborted) return resolve();
    const end = () => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.setTimeout(end, ms);
    setMaxListeners(0, signal); // many may wait on one signal: that is no leak, each takes its listener away again
    signal.addEventListener('abort', end, { once: true });
  });
}
