import { CacheError } from '@ringcache/cache-core';

import type { ReceivedResponse } from './pipe-decode.js';

export interface CallSettings {
  /** By performance.now(). */
  readonly begunAt: number;
  readonly deadline: number;
  /** Makes a result of the answer, at once. */
  readonly read: (response: ReceivedResponse) => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: CacheError) => void;
}

/** Who waits for an answer on a pipe. It settles once. */
export class Call {
  /** On its stream; 0: not begun. */
  id = 0;
  /** What its request takes on the wire, at most. */
  bytes = 0;
  readonly begunAt: number;
  readonly deadline: number;
  /** Ends the watch over the caller's signal, if it has one. */
  unwatch: (() => void) | undefined;
  #settled = false;
  readonly #read: (response: ReceivedResponse) => unknown;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: CacheError) => void;

  constructor({ begunAt, deadline, read, resolve, reject }: CallSettings) {
    this.begunAt = begunAt;
    this.deadline = deadline;
    this.#read = read;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get settled(): boolean {
    return this.#settled;
  }

  resolve(response: ReceivedResponse): void {
    if (this.#settled) return;
    this.#settle();
    try {
      this.#resolve(this.#read(response));
    } catch (error) {
      this.#reject(CacheError.from(error));
    }
  }

  reject(error: CacheError): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#settled = true;
    this.unwatch?.();
  }
}

/** The caller's own end of its wait. */
export function gaveUp(signal: AbortSignal | undefined): CacheError {
  return new CacheError('deadline', 'the caller gave up', { cause: signal?.reason });
}
