import { pause } from './clock.js';
import type { Clock, OnError } from './contracts.js';
import { CacheError } from './errors.js';

export interface FollowOptions<T> {
  /** Opens the source: an endless sequence, such as the lists of a discovery. */
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  readonly use: (item: T) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called with what `use` or the source throws. */
  readonly onError: OnError;
}

const OPEN_AGAIN_MS = 1_000;

/**
 * Calls `use` with every item of an endless source. An item on which `use` throws is reported and skipped; a source that
 * throws is reported and opened again after 1 s. Resolves when the source ends, or after the signal is aborted. Never rejects.
 */
export async function follow<T>({ open, use, signal, clock, onError }: FollowOptions<T>): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const item of open(signal)) {
        try {
          use(item);
        } catch (error) {
          onError(CacheError.from(error));
        }
      }
      return;
    } catch (error) {
      if (signal.aborted) return;
      onError(CacheError.from(error, 'unavailable'));
      await pause(clock, OPEN_AGAIN_MS, signal);
    }
  }
}
