import { CacheError, type CallOptions } from '@ringcache/cache-core';

const MOST_MS = 2 ** 31 - 1; // a timer's: beyond it, it fires at once

/** How long one call may last, over all that it waits for in turn: its timeout, and its caller's signal. */
export class Patience {
  /** Why the call is over; undefined: it is not. */
  ended: CacheError | undefined;
  /** Called once when the call is over; to be set by what it waits for now. */
  onEnd: (why: CacheError) => void = () => {};

  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(options: CallOptions, timeoutMs: number) {
    this.#signal = options.signal;
    this.#timer = setTimeout(this.#late, Math.min(timeoutMs, MOST_MS), timeoutMs);
    if (this.#signal?.aborted) this.#gaveUp();
    else this.#signal?.addEventListener('abort', this.#gaveUp, { once: true });
  }

  /** To be called when the call has ended in any way. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#gaveUp);
  }

  readonly #late = (timeoutMs: number) => {
    this.end(new CacheError('deadline', `no answer within ${timeoutMs} ms`));
  };

  readonly #gaveUp = () => {
    this.end(new CacheError('deadline', 'the caller gave up', { cause: this.#signal?.reason }));
  };

  /** Ends the call. */
  end(why: CacheError): void {
    this.ended = why;
    this.stop();
    this.onEnd(why);
  }
}
