import { byOrder } from './fixtures/by-order.js';
import type { Simulation } from './fixtures/simulate.js';

/** LFU from its definition: LRU's row, and a count for each key in it; the first of the smallest count leaves. */
export function lfuModel(capacity: number, sizeOf?: (key: number) => number): Simulation {
  const counts = new Map<number, number>();
  const hit = (row: number[], at: number) => {
    counts.set(row[at]!, counts.get(row[at]!)! + 1);
    row.push(...row.splice(at, 1));
  };
  const leaves = (row: readonly number[]) => {
    const smallest = Math.min(...row.map((key) => counts.get(key)!));
    return row.findIndex((key) => counts.get(key) === smallest);
  };
  return byOrder(capacity, { hit, leaves, added: (key) => counts.set(key, 1) }, sizeOf);
}
