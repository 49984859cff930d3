// What is counted of a group beside its statistics, for whoever draws graphs of it. None of it is on the way of a hit from main.

import type { WriteResult } from './contracts.js';
import { LatencyHistogram } from './latency-histogram.js';
import { RecentFailures } from './recent-failures.js';

export type WriteOp = 'set' | 'delete' | 'clear';

export interface WriteCount {
  readonly op: WriteOp;
  readonly applied: WriteResult['applied'];
  readonly count: number;
}

export class GroupMeasures {
  /**
   * How long clients waited whose key was not held, whatever came of it. A hit takes a microsecond or so, less than two looks at
   * the clock: hits are counted, and never timed.
   */
  readonly missMs = new LatencyHistogram();
  /** The last loads that failed. */
  readonly failures = new RecentFailures();
  /** How long loads from the origin took, failed ones too. */
  readonly loadMs = new LatencyHistogram();
  /** How long peers took to answer fetches, failed ones too. */
  readonly fetchMs = new LatencyHistogram();
  readonly #writes = {
    set: { all: 0, partial: 0 },
    delete: { all: 0, partial: 0 },
    clear: { all: 0, partial: 0 },
  };

  /** @param applied who knows of the write. */
  wrote(op: WriteOp, applied: WriteResult['applied']): void {
    this.#writes[op][applied]++;
  }

  /** Writes that this member made as the owner, each combination, zeros too. */
  writes(): WriteCount[] {
    const ops = Object.entries(this.#writes) as [WriteOp, { all: number; partial: number }][];
    return ops.flatMap(([op, { all, partial }]) => [
      { op, applied: 'all', count: all } as const,
      { op, applied: 'partial', count: partial } as const,
    ]);
  }
}
