import { TROUBLE_KINDS, type Trouble } from '@ringcache/cache-core';
import type { TroubleReport } from 'ringcache';

/** What keeps members from each other at the moment, by kind: how many of them. */
export class PresentTroubles {
  readonly present: Record<Trouble['kind'], number> = Object.fromEntries(
    TROUBLE_KINDS.map((kind) => [kind, 0]),
  ) as Record<Trouble['kind'], number>;

  note({ kind, isOver }: TroubleReport): void {
    this.present[kind] += isOver ? -1 : 1;
  }
}
