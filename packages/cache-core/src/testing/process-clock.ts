// The time of one process: it runs a little faster or slower than the true one, stands still with its process, and ends
// with it.

import type { Clock, Timer } from '../contracts.js';

export class ProcessClock implements Clock {
  readonly #true: Clock;
  readonly #rate: number;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #waiting: (() => void)[] = [];
  #stoppedAt = Number.NEGATIVE_INFINITY; // by the true clock, the last time

  constructor(clock: Clock, rate: number) {
    this.#true = clock;
    this.#rate = rate;
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /** Neither ended nor stood still since then, by the true clock. */
  ranSince(at: number): boolean {
    return this.#state === 'running' && this.#stoppedAt < at;
  }

  now(): number {
    return this.#true.now() * this.#rate;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    let isCancelled = false;
    const timer = this.#true.setTimeout(() => {
      this.run(() => {
        if (!isCancelled) callback();
      });
    }, delayMs / this.#rate);
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  /** Does it now, when the process runs again, or never. */
  run(callback: () => void): void {
    if (this.#state === 'running') callback();
    else if (this.#state === 'paused') this.#waiting.push(callback);
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#stoppedAt = this.#true.now();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) this.run(callback);
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
  }

  /** The outcome of what happens outside of the process, as it arrives inside. */
  inside<T>(outcome: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      outcome.then(
        (value) => this.run(() => resolve(value)),
        (error: unknown) => this.run(() => reject(error)),
      );
    });
  }
}
