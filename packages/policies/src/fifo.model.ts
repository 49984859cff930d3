import { byOrder } from './fixtures/by-order.js';
import type { Simulation } from './fixtures/simulate.js';

/** FIFO from its definition: a row of keys; the first leaves. */
export function fifoModel(capacity: number, sizeOf?: (key: number) => number): Simulation {
  return byOrder(capacity, { hit: () => {}, leaves: () => 0 }, sizeOf);
}
