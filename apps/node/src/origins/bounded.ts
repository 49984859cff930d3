// What every origin gets around it: a limit to how many ask at once, and how many a second; a time limit for each attempt;
// and another attempt, after a pause with jitter, where one failed that may do better. All within the flight's deadline.

import { TokenBucket } from '@ringcache/access';
import { CacheError, type Clock, type Loader } from '@ringcache/cache-core';
import type { AskingLimits } from '../config.js';
import { Turnstile } from './turnstile.js';

export type BoundedLimits = Pick<AskingLimits, 'timeout' | 'attempts' | 'concurrency' | 'queue' | 'rate' | 'burst'>;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** @param limits asked each time, since they may change. A bucket whose rate changes begins full. */
export function bounded(
  load: Loader,
  limits: () => BoundedLimits,
  clock: Clock,
  random: () => number = Math.random,
): Loader {
  const turnstile = new Turnstile(limits);
  let rate = limits();
  let bucket = bucketOf(rate, clock);
  const currentBucket = () => {
    const now = limits();
    if (now.rate !== rate.rate || now.burst !== rate.burst) bucket = bucketOf(now, clock);
    rate = now;
    return bucket;
  };
  return async (key, context) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await turnstile.pass(async () => {
          await pause(clock, currentBucket()?.take() ?? 0, context.signal);
          return within(clock, limits().timeout, context.signal, (signal) => load(key, { ...context, signal }));
        }, context.signal);
      } catch (error) {
        if (attempt >= limits().attempts || context.signal.aborted || !anotherTryMayDo(error)) throw error;
      }
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
      await pause(clock, longest * (0.5 + 0.5 * random()), context.signal);
    }
  };
}

function bucketOf({ rate, burst }: BoundedLimits, clock: Clock): TokenBucket | undefined {
  return rate === 0 ? undefined : new TokenBucket({ clock, ratePerSecond: rate, burst });
}

function anotherTryMayDo(error: unknown): boolean {
  return error instanceof CacheError && (error.code === 'unavailable' || error.code === 'deadline');
}

/** Runs one attempt; when its time is up, its signal is aborted and it fails, whether it listens or not. */
function within<T>(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal,
  act: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const stop = (message: string) => {
      controller.abort();
      reject(new CacheError('deadline', message));
    };
    const timer = clock.setTimeout(() => stop(`the origin did not answer within ${timeoutMs} ms`), timeoutMs);
    const abort = () => stop('the load’s time was up before the origin answered');
    outer.addEventListener('abort', abort, { once: true });
    (async () => act(controller.signal))()
      .finally(() => {
        timer.cancel();
        outer.removeEventListener('abort', abort);
      })
      .then(resolve, reject);
  });
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const abort = () => {
      timer.cancel();
      reject(new CacheError('deadline', 'the load’s time was up while it waited to ask the origin'));
    };
    const timer = clock.setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}
