// What an entry costs beyond its key and value: in a cache just filled, and after as many more sets, each of which evicted
// one; V8's own tables leave holes where something was deleted, so the second figure is the true one.
//
// Two readings. `counted`: heapUsed + arrayBuffers after full collections, exact to a few kilobytes; Node 20 leaves
// SharedArrayBuffers out of `external` but not out of `arrayBuffers`. Memory that is reserved and untouched is counted in
// it, growable SharedArrayBuffers, which slabs are made of, are not. `resident`: RSS, which has both right, but has what
// malloc and V8 keep for later in it: ± 10 MB and more.
//
// The bench makes all keys and the one value beforehand and holds them itself. A cache that copies them into memory of its
// own is charged for the copies, so these are taken off.

import { type ContenderName, kindOf } from '../contenders/kinds.js';
import { KEY_BYTES, keysOf } from '../keys.js';

export interface FootprintQuestion {
  readonly contender: ContenderName;
  readonly entries: number;
  /** Sets beyond the first `entries`. */
  readonly evictions: number;
}

export interface Footprint {
  /** Bytes for each entry. */
  readonly filled: Reading;
  readonly churned: Reading;
  /** How many entries were there in the end, as a share of those there was room for. */
  readonly held: number;
}

export interface Reading {
  /** null: it is mostly in memory that Node doesn't count. */
  readonly counted: number | null;
  readonly resident: number;
}

const VALUE_BYTES = 64;
const LEAST_HELD = 0.95;
const SETTLING_COLLECTIONS = 3; // finalizers and buffers that die with one are freed by the next

/** @param weigh what the process takes at that moment. */
export async function footprint(
  { contender, entries, evictions }: FootprintQuestion,
  weigh: () => Promise<Memory> = settled,
): Promise<Footprint> {
  const { make, copies } = kindOf(contender);
  const keys = keysOf(entries + evictions);
  const value = new Uint8Array(VALUE_BYTES);
  const room = { entries, keyBytes: KEY_BYTES, valueBytes: VALUE_BYTES };
  warmUp(make({ ...room, entries: WARM_UP_ENTRIES }), keys, value);
  const before = await weigh();
  const cache = make(room);
  const perEntry = ({ counted, resident }: Memory): Reading => {
    const copied = copies ? KEY_BYTES + VALUE_BYTES : 0;
    return {
      counted: copies ? null : (counted - before.counted) / entries,
      resident: (resident - before.resident) / entries - copied,
    };
  };
  for (let i = 0; i < entries; i++) cache.set(keys[i]!, value);
  const filled = perEntry(await weigh());
  for (let i = entries; i < keys.length; i++) cache.set(keys[i]!, value);
  const churned = perEntry(await weigh());
  const held = keys.reduce((count, key) => (cache.get(key) === undefined ? count : count + 1), 0) / entries;
  if (held < LEAST_HELD) throw new Error(`${contender} held only ${held} of the entries that it was charged for`);
  return { filled, churned, held };
}

const WARM_UP_SETS = 20_000; // compiled code and the first pages of everything are not an entry's
const WARM_UP_ENTRIES = 1_000; // what a larger cache leaves behind for malloc to give again would be missing in RSS

function warmUp(
  cache: { set(key: string, value: Uint8Array): void },
  keys: readonly string[],
  value: Uint8Array,
): void {
  for (const key of keys.slice(0, WARM_UP_SETS)) cache.set(key, value);
}

export interface Memory {
  readonly counted: number;
  readonly resident: number;
}

/** In bytes, once everything that is garbage has gone. */
export async function settled(): Promise<Memory> {
  for (let i = 0; i < SETTLING_COLLECTIONS; i++) {
    global.gc!();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { counted: heapUsed + arrayBuffers, resident: rss };
}
