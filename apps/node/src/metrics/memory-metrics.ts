// What groups hold, what leaves, and what other limits would do.

import { totalmem } from 'node:os';
import { REMOVAL_CAUSES } from '@ringcache/cache-core';

import { GROUP, type Metric, perGroup, single } from './metric.js';

export const MEMORY_METRICS: readonly Metric[] = [
  {
    name: 'ringcache_main_bytes',
    type: 'gauge',
    help: 'Memory of the entries this node owns.',
    use: 'By entries, what one costs. At its limit it stays: that is what a cache is for.',
    ...perGroup((stats) => stats.bytes),
  },
  {
    name: 'ringcache_hot_bytes',
    type: 'gauge',
    help: "Memory of copies of others' entries.",
    use: 'At most `hotShare` of the limit.',
    ...perGroup((stats) => stats.hotBytes),
  },
  {
    name: 'ringcache_max_bytes',
    type: 'gauge',
    help: 'The limit of both together, at present.',
    use: 'With `budgetBytes` it moves between groups. The sum over groups and 384 MiB is what a process may take.',
    ...perGroup((stats) => stats.maxBytes),
  },
  {
    name: 'ringcache_main_entries',
    type: 'gauge',
    help: 'Entries this node owns.',
    use: 'Nodes of equal weight should have about as many each.',
    unit: 'entries',
    ...perGroup((stats) => stats.entries),
  },
  {
    name: 'ringcache_hot_entries',
    type: 'gauge',
    help: "Copies of others' entries.",
    use: 'They live for `hotTtl`.',
    unit: 'entries',
    ...perGroup((stats) => stats.hotEntries),
  },
  {
    name: 'ringcache_removals_total',
    type: 'counter',
    help: 'Entries that left, by cause.',
    use: '`evicted`: memory is short. `expired`: `ttl` decides. `oversized`: a value has no room, and is loaded each time.',
    unit: 'entries',
    labels: { ...GROUP, cause: REMOVAL_CAUSES.map((cause) => `\`${cause}\``).join(', ') },
    read: ({ groups }) =>
      groups.flatMap(({ group, removals }) =>
        REMOVAL_CAUSES.map((cause) => [{ group, cause }, removals[cause]] as const),
      ),
  },
  {
    name: 'ringcache_lru_hit_ratio',
    type: 'gauge',
    help: 'Estimate of what an LRU of half, all and twice the limit would hit of the requests for owned keys, 0 to 1.',
    use: 'How much memory is worth: alarm RingcacheMemoryWouldHelp. Not there until there were enough requests.',
    labels: { ...GROUP, limit: '`half`, `now`, `twice`' },
    read: ({ groups }) =>
      groups.flatMap(({ group, hitRatioAt }) =>
        Object.entries(hitRatioAt ?? {}).map(([limit, ratio]) => [{ group, limit }, ratio] as const),
      ),
  },
  {
    name: 'ringcache_moved_bytes_total',
    type: 'counter',
    help: "Memory that one group's limit gave to another's.",
    use: 'Back and forth between two groups for hours: they are worth the same; give both a limit of their own.',
    labels: { from: 'the name of a group', to: 'the name of a group' },
    read: ({ budget }) => (budget?.movedBytes ?? []).map(({ from, to, bytes }) => [{ from, to }, bytes]),
  },
  {
    name: 'ringcache_process_memory_limit_bytes',
    type: 'gauge',
    help: "What the process may take: its container's limit, or the machine's memory where there is none.",
    use: '`process_resident_memory_bytes` near it: the process is about to be killed.',
    read: single(() => memoryLimit()),
  },
];

/** Where nothing limits it, Node.js says 0, or a number that is larger than any machine. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
