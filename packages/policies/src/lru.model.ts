import { byOrder } from './fixtures/by-order.js';
import type { Simulation } from './fixtures/simulate.js';

/** LRU from its definition: a row of keys; one that is read goes to its end; the first leaves. */
export function lruModel(capacity: number, sizeOf?: (key: number) => number): Simulation {
  const hit = (row: number[], at: number) => row.push(...row.splice(at, 1));
  return byOrder(capacity, { hit, leaves: () => 0 }, sizeOf);
}
