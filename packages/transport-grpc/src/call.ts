import { CacheError } from '@ringcache/cache-core';

import type { Request, Response } from './pipe-codec.js';

export interface CallSettings {
  readonly request: Request;
  /** By performance.now(). */
  readonly deadline: number;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: CacheError) => void;
}

/** A request on a pipe and who waits for its answer. It settles once. */
export class Call {
  readonly request: Request;
  readonly deadline: number;
  /** Ends the watch over the caller's signal, if it has one. */
  unwatch: (() => void) | undefined;
  #settled = false;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: CacheError) => void;

  constructor({ request, deadline, resolve, reject }: CallSettings) {
    this.request = request;
    this.deadline = deadline;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get settled(): boolean {
    return this.#settled;
  }

  settle(outcome: Response | CacheError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.unwatch?.();
    if (outcome instanceof CacheError) this.#reject(outcome);
    else this.#resolve(outcome);
  }
}

/** The caller's own end of its wait. */
export function gaveUp(signal: AbortSignal | undefined): CacheError {
  return new CacheError('deadline', 'the caller gave up', { cause: signal?.reason });
}
