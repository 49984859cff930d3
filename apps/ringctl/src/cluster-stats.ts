// What the members of a cluster say of their groups, put together.

import type { GroupReport, MemberReport } from '@ringcache/cache-core';

/** Of one group on one member, or on all that answered. */
export interface GroupTotals {
  readonly group: string;
  readonly members: number;
  readonly gets: number;
  readonly hits: number;
  readonly loads: number;
  readonly loadErrors: number;
  readonly fetches: number;
  readonly fetchErrors: number;
  readonly stales: number;
  readonly evictions: number;
  readonly entries: number;
  /** Of main and hot. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** Since start, 0 to 1; undefined: nothing was asked for. */
  readonly hitRatio: number | undefined;
  /** The worst of all members: percentiles of several cannot be added up. */
  readonly loadP99Ms: number | undefined;
  /** Who leaves, as configured: a name, or several where the members differ. */
  readonly policies: readonly string[];
  /** What policies that adapt have chosen, on any member. */
  readonly choices: readonly string[];
}

/** A group each, in order of their names. */
export function totalsOf(reports: readonly MemberReport[]): GroupTotals[] {
  const byName = new Map<string, GroupReport[]>();
  for (const group of reports.flatMap(({ groups }) => groups)) {
    byName.set(group.group, [...(byName.get(group.group) ?? []), group]);
  }
  const names = [...byName.keys()].sort();
  return names.map((name) => totals(name, byName.get(name)!));
}

function totals(group: string, reports: readonly GroupReport[]): GroupTotals {
  const sum = (read: (report: GroupReport) => number) => reports.reduce((all, report) => all + read(report), 0);
  const [gets, hits] = [sum((report) => report.gets), sum((report) => report.hits)];
  const p99s = reports.flatMap(({ loadMs }) => (loadMs === undefined ? [] : [loadMs.p99]));
  return {
    group,
    members: reports.length,
    gets,
    hits,
    loads: sum(({ loads }) => loads),
    loadErrors: sum(({ loadErrors }) => loadErrors),
    fetches: sum(({ fetches }) => fetches),
    fetchErrors: sum(({ fetchErrors }) => fetchErrors),
    stales: sum(({ stales }) => stales),
    evictions: sum(({ removals }) => removals.evicted),
    entries: sum(({ entries, hotEntries }) => entries + hotEntries),
    bytes: sum(({ bytes, hotBytes }) => bytes + hotBytes),
    maxBytes: sum(({ maxBytes }) => maxBytes),
    hitRatio: gets === 0 ? undefined : hits / gets,
    loadP99Ms: p99s.length === 0 ? undefined : Math.max(...p99s),
    policies: [...new Set(reports.map(({ policy }) => policy.name))],
    choices: [...new Set(reports.flatMap(({ policy }) => policy.choice ?? []))],
  };
}
