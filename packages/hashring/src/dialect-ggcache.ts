import { crc32 } from 'node:zlib';
import type { Rules } from './circle.js';
import { Circle32 } from './circle32.js';

/**
 * The ring of ggcache, which writes the replica behind the id. "a1" + "1" and "a" + "11" are one point: an id that is another
 * with a digit of 1 to 4 behind it shares ten points of fifty with it. They belong to the smaller id here, in Go to the one
 * added last: the two agree in any case if Go adds its members in descending order.
 */
export const ggcache: Rules = {
  replicas: 50,
  scales: false,
  circle: (ids, counts) => new Circle32(ids, counts, { pointHashes, keyHash: crc32 }),
};

function pointHashes(id: string, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, replica) => crc32(id + replica));
}
