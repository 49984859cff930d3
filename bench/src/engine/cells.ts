// What is measured: a cell is a workload, a kind of key, and a number of entries.

export const WORKLOADS = {
  zipf: 'get, on a miss set: Zipf 0.99 over three times as many keys as the cache holds',
  trace: 'get, on a miss set: a real trace, the cache holding a tenth of its keys',
  hits: 'get, every key is there',
  sets: 'set, keys drawn evenly from three times as many as the cache holds: two in three evict',
  ttl: 'zipf with every entry living for 20 ms, 200 ms, 2 s or an hour',
} as const;

export type Workload = keyof typeof WORKLOADS;

export const KEY_KINDS = {
  repeated: 'the string objects of earlier requests again: V8 keeps their hash',
  fresh: 'a new string for each request, as from a socket',
  bytes: 'bytes in a buffer, as a server reads them',
} as const;

export type KeyKind = keyof typeof KEY_KINDS;

export interface Cell {
  readonly workload: Workload;
  readonly keys: KeyKind;
  readonly entries: number;
}

const KEYS_OF: Record<Workload, readonly KeyKind[]> = {
  zipf: ['repeated', 'fresh', 'bytes'],
  trace: ['repeated'],
  hits: ['repeated', 'fresh', 'bytes'],
  sets: ['repeated', 'fresh'],
  ttl: ['repeated'],
};

export interface Choice {
  readonly workloads: readonly Workload[];
  readonly keys: readonly KeyKind[];
  readonly entries: readonly number[];
  /** A trace says itself how many entries are right for it; undefined: there is no trace. */
  readonly traceEntries?: number | undefined;
}

/** The cells that were asked for and that make sense. */
export function cellsOf({ workloads, keys, entries, traceEntries }: Choice): Cell[] {
  const cells: Cell[] = [];
  for (const workload of workloads) {
    const sizes = workload !== 'trace' ? entries : traceEntries === undefined ? [] : [traceEntries];
    for (const size of sizes) {
      for (const kind of KEYS_OF[workload]) {
        if (keys.includes(kind)) cells.push({ workload, keys: kind, entries: size });
      }
    }
  }
  return cells;
}
