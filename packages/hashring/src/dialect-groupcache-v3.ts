import { hash } from 'node:crypto';
import type { Rules } from './circle.js';
import { Circle64 } from './circle64.js';
import { fnv1Signed64 } from './fnv1-64.js';

/**
 * The ring of groupcache-go v3: ids are `host:port`, and its hashes are compared as signed numbers. In FNV-1 the last byte
 * of a key reaches the lowest 8 bits only, so keys that differ there alone (student:1, student:2) mostly share an owner.
 * Point names collide ("1" + "110.0.0.1", "11" + "10.0.0.1"). Equal points belong to the smaller id here; in Go to either,
 * as its sort is not stable: no rule can agree with it. Node in FIPS mode has no MD5 and throws.
 */
export const groupcacheV3: Rules = {
  replicas: 50,
  scales: false,
  circle: (ids, counts) => new Circle64(ids, counts, { pointHash, keyHash }),
};

function pointHash(id: string, replica: number): bigint {
  return keyHash(hash('md5', replica + id, 'hex'));
}

function keyHash(key: string): bigint {
  return fnv1Signed64(Buffer.from(key));
}
