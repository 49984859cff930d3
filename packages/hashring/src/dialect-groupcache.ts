import { crc32 } from 'node:zlib';
import type { Rules } from './circle.js';
import { Circle32 } from './circle32.js';

/**
 * The ring of golang/groupcache: ids are the peers' base URLs, as given to its `HTTPPool.Set`. Where two points are equal
 * Go's belongs to the peer that was added last, ours to the smaller id: the two agree in any case if Go adds its peers in
 * descending order. Two of 150 points are equal in one ring of 400,000.
 */
export const groupcache: Rules = {
  replicas: 50,
  scales: false,
  circle: (ids, counts) => new Circle32(ids, counts, { pointHashes, keyHash: crc32 }),
};

function pointHashes(id: string, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, replica) => crc32(replica + id));
}
