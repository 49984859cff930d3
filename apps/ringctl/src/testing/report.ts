import type { GroupReport, Member, MemberReport } from '@ringcache/cache-core';

/** A report of a member, of which a test says only what it is about. */
export function reportOf(id: string, given: Partial<MemberReport> = {}): MemberReport {
  const member: Member = { id, grpc: id, http: '', weight: 1 };
  return {
    member,
    version: '0.0.0',
    state: 'live',
    now: 0,
    uptimeMs: 1000,
    ring: { self: id, members: [member], dialect: 'ringcache', replicas: 1, fingerprint: 'f'.repeat(16), stale: false },
    shares: { [id]: 1 },
    suspects: [],
    process: {
      pid: 1,
      eventLoopDelayMs: { p50: 0, p99: 0, max: 0 },
      cpu: 0,
      rssBytes: 0,
      heapBytes: 0,
      logLevel: 'info',
    },
    groups: [],
    limits: [],
    ...given,
  };
}

export function groupOf(group: string, given: Partial<GroupReport> = {}): GroupReport {
  return {
    group,
    gets: 0,
    hits: 0,
    misses: 0,
    serves: 0,
    serveHits: 0,
    loads: 0,
    loadErrors: 0,
    stales: 0,
    handoffs: 0,
    fetches: 0,
    fetchErrors: 0,
    removals: { evicted: 0, expired: 0, deleted: 0, replaced: 0, oversized: 0 },
    bytes: 0,
    maxBytes: 0,
    entries: 0,
    hotBytes: 0,
    hotEntries: 0,
    hitRatio: 0,
    hitRatioMinute: 0,
    hitRatioAt: undefined,
    policy: { name: 'auto', choice: undefined },
    loadMs: undefined,
    fetchMs: undefined,
    missRatioCurve: [],
    flights: { loads: 0, fetches: 0 },
    failures: [],
    ...given,
  };
}
