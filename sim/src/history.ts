// What was asked of the cluster, and what came of it: all that the checks look at.

import type { GroupName } from './scenario.js';

/** A get of one key. Times are the true clock's, in ms. */
export interface Read {
  readonly group: GroupName;
  readonly key: string;
  readonly via: string;
  readonly start: number;
  readonly end: number;
  /** As text; undefined: no such key. A read that failed is none. */
  readonly value: string | undefined;
}

/** A change of one key, or of all keys of a group. */
export interface Write {
  readonly group: GroupName;
  /** undefined: every key. */
  readonly key: string | undefined;
  readonly via: string;
  /** What a later read may see: a text, or undefined for no value. In `db`, the version that the database got. */
  readonly value: string | undefined;
  readonly start: number;
  /** In `db`: the row is gone. */
  readonly isAbsent?: boolean | undefined;
  /** In `db`: nobody was told of it, and nobody has to know before what they hold expires. */
  readonly isSilent?: boolean | undefined;
  /** Infinity: still open. */
  readonly end: number;
  /** `failed`: nobody knows; it may take effect at any time, or never. */
  readonly outcome: 'open' | 'all' | 'partial' | 'failed';
  /** When nobody may see an older value any more; Infinity: no such time. */
  readonly boundAt: number;
}

export class History {
  readonly reads: Read[] = [];
  readonly writes: Write[] = [];
  /** Gets that failed. */
  readonly failures: Pick<Read, 'group' | 'key' | 'via' | 'start'>[] = [];
  readonly counts = { gets: 0, failedGets: 0, acknowledged: 0, partial: 0, failedWrites: 0 };

  /** Notes a write that begins; returns how to note its end. */
  begin(
    write: Pick<Write, 'group' | 'key' | 'via' | 'value' | 'start' | 'isAbsent' | 'isSilent'>,
  ): (end: Pick<Write, 'end' | 'outcome' | 'boundAt'>) => void {
    const index = this.writes.push({
      ...write,
      end: Number.POSITIVE_INFINITY,
      outcome: 'open',
      boundAt: Number.POSITIVE_INFINITY,
    });
    return (end) => {
      this.writes[index - 1] = { ...this.writes[index - 1]!, ...end };
      if (end.outcome === 'all') this.counts.acknowledged++;
      else if (end.outcome === 'partial') this.counts.partial++;
      else this.counts.failedWrites++;
    };
  }
}
