// What no policy can beat: on a miss the entry that is asked for again the latest leaves, which takes knowing the future.
//
// Source: L. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966.
//
// Entries lie in a heap by their next use. A hit changes that, so a new item goes in and the old one stays; its time has
// passed, and whatever is asked for never has a time that has passed, so old ones are known when they come up.

import type { Trace } from './trace.js';

/** @param limit in entries. Cost: O(n log n). */
export function optimalHits({ ids, unique }: Trace, limit: number): number {
  const nextUse = nextUses(ids, unique);
  const current = new Float64Array(unique).fill(-1); // next use of what is in the cache
  const heap: number[] = []; // next uses, the latest first; `ids` at that place says whose
  const never: number[] = []; // in the cache and not asked for again: they leave before all others
  let residents = 0;
  let hits = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const isHit = current[id] !== -1;
    if (isHit) hits++;
    else if (residents < limit) residents++;
    else evict();
    const next = nextUse[i]!;
    current[id] = next;
    if (next === Number.POSITIVE_INFINITY) never.push(id);
    else push(heap, next);
  }
  return hits;

  function evict(): void {
    const done = never.pop();
    if (done !== undefined) {
      current[done] = -1;
      return;
    }
    for (;;) {
      const latest = pop(heap);
      const id = ids[latest]!;
      if (current[id] !== latest) continue;
      current[id] = -1;
      return;
    }
  }
}

function nextUses(ids: Uint32Array, unique: number): Float64Array {
  const next = new Float64Array(ids.length);
  const seen = new Float64Array(unique).fill(Number.POSITIVE_INFINITY);
  for (let i = ids.length - 1; i >= 0; i--) {
    next[i] = seen[ids[i]!]!;
    seen[ids[i]!] = i;
  }
  return next;
}

function push(heap: number[], value: number): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! >= value) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = value;
}

/** The largest, of a heap that is not empty. */
function pop(heap: number[]): number {
  const largest = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return largest;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]! > heap[child]!) child++;
    if (heap[child]! <= last) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return largest;
}
