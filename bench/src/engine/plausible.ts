// A cache that is fast because it does not do its work must not win: what it hit is held against what it had to hit.

import { type ContenderName, kindOf } from '../contenders/kinds.js';
import type { Cell } from './cells.js';
import type { Timed } from './child.js';

const OWN_IDEA = 0.1; // how far below LRU's hit ratio another policy may be on these workloads
const NEARLY_ALL = 0.97; // of the keys are there, in a cache bounded by bytes whose count of entries is not exact

/** @throws {Error} that names the contender whose hits can't be right. */
export function checkHits(cell: Cell, requests: number, results: ReadonlyMap<ContenderName, readonly Timed[]>): void {
  const exact = [...results].filter(([name]) => kindOf(name).hits === 'lru');
  for (const [name, rounds] of results) {
    for (const [round, { hits, sum }] of rounds.entries()) {
      const lru = exact[0]?.[1][round]?.hits;
      if (!isPlausible(cell, { name, hits, lru, requests }) || (name !== 'none' && hits > requests / 2 && sum === 0)) {
        throw new Error(
          `${name} hit ${hits} of ${requests} in round ${round} of ${cell.workload}; lru-cache hit ${lru}`,
        );
      }
    }
  }
}

interface Seen {
  name: ContenderName;
  hits: number;
  /** Those of the first exact LRU in this cell; undefined: none was asked for. */
  lru: number | undefined;
  requests: number;
}

function isPlausible({ workload }: Cell, { name, hits, lru, requests }: Seen): boolean {
  const kind = kindOf(name).hits;
  if (kind === 'control') return hits === (workload === 'sets' ? 0 : requests);
  if (workload === 'sets') return hits === 0;
  if (workload === 'hits') return kind === 'own' ? hits >= NEARLY_ALL * requests : hits === requests;
  if (workload === 'ttl') return hits > 0 && hits < requests; // what has expired depends on how fast the cache was
  if (lru === undefined) return hits > 0;
  if (kind === 'lru') return hits === lru;
  return kind === 'unbounded' ? hits >= lru : hits >= lru - OWN_IDEA * requests;
}
