// Callbacks of the embedding program are called from within loops and requests that must go on, whatever the callback does.

import type { OnError } from './contracts.js';
import { CacheError } from './errors.js';

/**
 * Returns a callback that passes its arguments on and never throws: what `callback` throws, or rejects with, goes to
 * `onError`. Cost: one call more.
 */
export function shielded<A extends unknown[]>(
  callback: (...args: A) => unknown,
  onError: OnError,
): (...args: A) => void {
  return (...args) => {
    try {
      const outcome = callback(...args);
      if (outcome instanceof Promise) outcome.catch((error: unknown) => onError(thrownBy(callback, error)));
    } catch (error) {
      onError(thrownBy(callback, error));
    }
  };
}

/** {@link shielded} for a callback that is asked something: false where it throws. */
export function shieldedPredicate<A extends unknown[]>(
  callback: (...args: A) => boolean,
  onError: OnError,
): (...args: A) => boolean {
  return (...args) => {
    try {
      return callback(...args);
    } catch (error) {
      onError(thrownBy(callback, error));
      return false;
    }
  };
}

/** {@link shielded} for `onError` itself: what it throws becomes a warning of the process. Left out: errors are dropped. */
export function shieldedOnError(onError: OnError | undefined): OnError {
  if (onError === undefined) return () => {};
  return shielded(onError, warnOfError);
}

/** Reports an error where no callback takes it: as a warning of the process. */
export function warnOfError({ message, cause }: CacheError): void {
  process.emitWarning(message, { type: 'CacheError', detail: cause instanceof Error ? (cause.stack ?? '') : '' });
}

function thrownBy(callback: (...args: never[]) => unknown, error: unknown): CacheError {
  const { message } = CacheError.from(error);
  return new CacheError('internal', `the callback ${callback.name || '(unnamed)'} threw: ${message}`, { cause: error });
}
