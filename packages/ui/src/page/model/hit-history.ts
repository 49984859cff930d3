// The hit ratio of each group over the last ten minutes, as this page has seen it: nodes keep no history.

import { signal } from '@preact/signals';
import type { MemberReport } from '@ringcache/cache-core';

export const HISTORY_MS = 10 * 60_000;
const SLICE_MS = 5_000;

export interface HitPoint {
  /** Where its slice begins, in ms since 1970. */
  readonly at: number;
  readonly gets: number;
  readonly hits: number;
}

interface Counts {
  readonly uptimeMs: number;
  readonly gets: number;
  readonly hits: number;
}

export class HitHistory {
  /** Rises with each change, for whoever draws it. */
  readonly version = signal(0);
  readonly #points = new Map<string, HitPoint[]>();
  #last = new Map<string, Counts>(); // by member and group, of those that reported last

  /** The oldest first; slices in which nothing was seen are left out. */
  of(group: string): readonly HitPoint[] {
    return this.#points.get(group) ?? [];
  }

  add(at: number, reports: readonly MemberReport[]): void {
    const present = new Map<string, Counts>();
    const slice = Math.floor(at / SLICE_MS) * SLICE_MS;
    for (const { member, uptimeMs, groups } of reports) {
      for (const { group, gets, hits } of groups) {
        const id = JSON.stringify([member.id, group]);
        const last = this.#last.get(id);
        present.set(id, { uptimeMs, gets, hits });
        const isSameRun = last !== undefined && uptimeMs >= last.uptimeMs && gets >= last.gets && hits >= last.hits;
        if (isSameRun) this.#addTo(group, { at: slice, gets: gets - last.gets, hits: hits - last.hits });
      }
    }
    this.#last = present;
    for (const points of this.#points.values()) {
      while (points.length > 0 && points[0]!.at < slice - HISTORY_MS) points.shift();
    }
    this.version.value++;
  }

  clear(): void {
    this.#points.clear();
    this.#last.clear();
    this.version.value++;
  }

  #addTo(group: string, more: HitPoint): void {
    const points = this.#points.get(group) ?? [];
    this.#points.set(group, points);
    const last = points.at(-1);
    if (last?.at !== more.at) points.push(more);
    else points[points.length - 1] = { at: more.at, gets: last.gets + more.gets, hits: last.hits + more.hits };
  }
}
