// Prometheus metrics, read from the counters that the core keeps anyway when somebody scrapes. Never labelled by key.

import type { OpenDoor } from '@ringcache/access';
import type { CacheNode, GroupStats, MemoryBudget } from '@ringcache/cache-core';
import { REMOVAL_CAUSES } from '@ringcache/cache-core';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

type Read = (stats: GroupStats) => number;

const COUNTERS: Record<string, readonly [help: string, read: Read]> = {
  gets_total: ['Questions of clients.', (stats) => stats.gets],
  hits_total: ['Questions of clients that this node answered from what it held.', (stats) => stats.hits],
  misses_total: [
    'Questions of clients that this node had to load or fetch, or join others for.',
    (stats) => stats.misses,
  ],
  serves_total: ['Questions of peers.', (stats) => stats.serves],
  serve_hits_total: ['Questions of peers that this node answered from what it held.', (stats) => stats.serveHits],
  loads_total: ['Loads from the origin.', (stats) => stats.loads],
  load_errors_total: ['Loads from the origin that failed.', (stats) => stats.loadErrors],
  fetches_total: ['Questions to peers.', (stats) => stats.fetches],
  fetch_errors_total: ['Questions to peers that failed.', (stats) => stats.fetchErrors],
};

const GAUGES: Record<string, readonly [help: string, read: Read]> = {
  main_bytes: ['Memory of the entries this node owns.', (stats) => stats.bytes],
  hot_bytes: ["Memory of copies of others' entries.", (stats) => stats.hotBytes],
  max_bytes: ['The limit of both together, at present.', (stats) => stats.maxBytes],
  main_entries: ['Entries this node owns.', (stats) => stats.entries],
  hot_entries: ["Copies of others' entries.", (stats) => stats.hotEntries],
  hit_ratio: ['Hits among gets over the last minute, 0 to 1.', (stats) => stats.hitRatioMinute],
};

/**
 * @param isReady whether the node takes part in the ring.
 * @param budget undefined: every group keeps its own limit.
 */
export function createMetrics(
  node: CacheNode,
  isReady: () => boolean,
  door: OpenDoor,
  budget: MemoryBudget | undefined,
): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const groups = () => [...node.groups.values()].map((group) => group.stats());

  for (const [name, [help, read]] of Object.entries(COUNTERS)) {
    new Counter({
      name: `ringcache_${name}`,
      help,
      labelNames: ['group'],
      registers,
      collect() {
        this.reset(); // the core keeps the count; this only shows it
        for (const stats of groups()) this.inc({ group: stats.group }, read(stats));
      },
    });
  }
  for (const [name, [help, read]] of Object.entries(GAUGES)) {
    new Gauge({
      name: `ringcache_${name}`,
      help,
      labelNames: ['group'],
      registers,
      collect() {
        for (const stats of groups()) this.set({ group: stats.group }, read(stats));
      },
    });
  }
  new Gauge({
    name: 'ringcache_lru_hit_ratio',
    help: 'Estimate of what an LRU of half, all and twice the limit would hit of the requests for owned keys, 0 to 1.',
    labelNames: ['group', 'limit'],
    registers,
    collect() {
      for (const { group, hitRatioAt } of groups()) {
        for (const [limit, ratio] of Object.entries(hitRatioAt ?? {})) this.set({ group, limit }, ratio);
      }
    },
  });
  new Counter({
    name: 'ringcache_moved_bytes_total',
    help: "Memory that one group's limit gave to another's.",
    labelNames: ['from', 'to'],
    registers,
    collect() {
      this.reset();
      for (const { from, to, bytes } of budget?.movedBytes ?? []) this.inc({ from, to }, bytes);
    },
  });
  new Counter({
    name: 'ringcache_removals_total',
    help: 'Entries that left, by cause.',
    labelNames: ['group', 'cause'],
    registers,
    collect() {
      this.reset();
      for (const { group, removals } of groups()) {
        for (const cause of REMOVAL_CAUSES) this.inc({ group, cause }, removals[cause]);
      }
    },
  });
  new Counter({
    name: 'ringcache_refused_total',
    help: 'Requests that were refused at the door, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(door.refusals())) this.inc({ reason }, count);
    },
  });
  gauge('ringcache_client_keys_in_flight', 'Keys that clients wait for.', () => door.inFlight);
  gauge('ringcache_ring_members', 'Members of the ring as this node sees it.', () => node.peers.ring.size);
  gauge('ringcache_ring_stale', '1: discovery is out of reach, and the ring is the last one known.', () =>
    Number(node.peers.stale),
  );
  gauge('ringcache_ready', '1: this node takes part in the ring.', () => Number(isReady()));
  return registry;

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }
}
