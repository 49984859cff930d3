import { setTimeout } from 'node:timers/promises';

/** Resolves after `ms`, or when the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return setTimeout(ms, undefined, { signal }).catch(() => {}); // it rejects only for the signal
}
