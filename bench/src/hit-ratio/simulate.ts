// A cache that is nothing but its policy and the least index there can be: an array from id to slot.

import type { EvictionPolicy } from '@ringcache/policies';

import type { Trace } from './trace.js';

/**
 * How many requests hit. On a miss what was asked for comes in, and while there are more entries, or bytes where the trace
 * has sizes, than the limit somebody leaves. What is larger than the limit never comes in.
 */
export function hitsOf(policy: EvictionPolicy, { ids, unique, sizes }: Trace, limit: number): number {
  const slotOf = new Uint32Array(unique);
  const idOf = new Uint32Array(unique + 2);
  const sizeOf = new Float64Array(unique + 2); // by slot
  const free = new Uint32Array(unique + 2);
  let freeCount = 0;
  let slots = 0;
  let used = 0;
  let hits = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const found = slotOf[id]!;
    if (found !== 0) {
      hits++;
      policy.read(found);
      continue;
    }
    const size = sizes === undefined ? 1 : sizes[i]!;
    if (size > limit) continue;
    const slot = freeCount > 0 ? free[--freeCount]! : ++slots;
    slotOf[id] = slot;
    idOf[slot] = id;
    sizeOf[slot] = size;
    used += size;
    policy.added(slot, hashOf(id));
    while (used > limit) {
      const victim = policy.victim()!;
      used -= sizeOf[victim]!;
      slotOf[idOf[victim]!] = 0;
      free[freeCount++] = victim;
    }
  }
  return hits;
}

/** The finaliser of MurmurHash3, which maps no two ids to one hash. */
function hashOf(id: number): number {
  let h = id;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
