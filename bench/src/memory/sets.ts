// Millions of sets that each evict an entry, watched for stalls: where a cache's own growth, its index's rehashing and the
// garbage it makes for the collector show.

import { setImmediate as turn } from 'node:timers/promises';

import type { Contender } from '../contenders/contender.js';
import { type ContenderName, kindOf } from '../contenders/kinds.js';
import { KEY_BYTES, keyOf, keysOf } from '../keys.js';
import { settled } from './footprint.js';
import { StallMeter, type Stalls } from './stall-meter.js';

export type SetKeys = 'existing' | 'fresh';

export interface SetsQuestion {
  readonly contender: ContenderName;
  readonly keys: SetKeys;
  readonly entries: number;
  readonly sets: number;
}

export interface SetsResult extends Stalls {
  readonly nsPerSet: number;
  /** What the process grew by, cache and all, in bytes; the bench's own keys are not in it. */
  readonly residentBytes: number;
}

export const VALUE_BYTES = 64;
const KEYS_PER_ENTRY = 4; // existing keys come round when they have long been evicted
const MARK_EVERY = 32; // sets: some 10 µs, far below any stall of interest
const TURN_EVERY = 2 ** 17; // sets: the collector's records arrive only when the loop turns

/** Fills the cache, then measures `sets` more. */
export async function measureSets({ contender, keys: kind, entries, sets }: SetsQuestion): Promise<SetsResult> {
  const value = new Uint8Array(VALUE_BYTES).fill(1);
  const keyAt = keysOfKind(kind, entries);
  const before = await settled();
  const cache = kindOf(contender).make({ entries, keyBytes: KEY_BYTES, valueBytes: VALUE_BYTES });
  for (let i = 0; i < entries; i++) cache.set(keyAt(i), value);
  global.gc!();
  await turn();

  const meter = new StallMeter();
  let ns = 0n;
  for (let from = 0; from < sets; from += TURN_EVERY) {
    const count = Math.min(TURN_EVERY, sets - from);
    const start = process.hrtime.bigint();
    setSome(cache, { keyAt, value, from: entries + from, count, meter });
    ns += process.hrtime.bigint() - start;
    await turn();
  }
  const stalls = await meter.end();
  const residentBytes = process.memoryUsage.rss() - before.resident;
  if (cache.get('none of the keys') !== undefined && contender !== 'none') throw new Error('found what was never set');
  return { ...stalls, nsPerSet: Number(ns) / sets, residentBytes };
}

interface Stretch {
  keyAt: (i: number) => string;
  value: Uint8Array;
  from: number;
  count: number;
  meter: StallMeter;
}

function setSome(cache: Contender, { keyAt, value, from, count, meter }: Stretch): void {
  meter.begin();
  for (let i = 0; i < count; i++) {
    cache.set(keyAt(from + i), value);
    if (i % MARK_EVERY === 0) meter.mark();
  }
  meter.mark();
}

function keysOfKind(kind: SetKeys, entries: number): (i: number) => string {
  if (kind === 'fresh') return keyOf;
  const keys = keysOf(KEYS_PER_ENTRY * entries);
  return (i) => keys[i % keys.length]!;
}
