import { cutText } from './cut-text.js';
import type { ErrorCode } from './errors.js';
import type { LimitReport } from './limit-report.js';

/** A load that failed, as the group keeps it. */
export interface Failure {
  /** By the group's clock, in ms. */
  readonly at: number;
  readonly key: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** How long the load took to fail. */
  readonly ms: number;
}

const KEPT = 20;
const SHOWN = 100; // characters of a key: keys are strangers' text, and as long as 8 KiB
const SAID = 500; // characters of a message, which may be an origin's

/** The last loads that failed, so that an operator sees why without a log. */
export class RecentFailures {
  readonly #kept: Failure[] = [];
  #next = 0; // where the oldest is, once there are enough

  add({ at, key, code, message, ms }: Failure): void {
    const failure = { at, key: cutText(key, SHOWN), code, message: cutText(message, SAID), ms };
    this.#kept[this.#next] = failure;
    this.#next = (this.#next + 1) % KEPT;
  }

  limits(): LimitReport[] {
    return [{ name: 'failures', size: this.#kept.length, limit: KEPT }];
  }

  /** The latest first; at most 20. */
  list(): Failure[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)].reverse();
  }
}
