// How fast counters rise, from two reports of the same member.

import type { MemberReport } from '@ringcache/cache-core';

const COUNTERS = ['gets', 'hits', 'serves', 'loads', 'loadErrors', 'fetches', 'fetchErrors', 'evictions'] as const;

type Counter = (typeof COUNTERS)[number];

/** A second; `hitRatio` of the time between, undefined where nothing was asked for. */
export type Rates = { readonly [K in Counter]: number } & { readonly hitRatio: number | undefined };

/** By the name of the group; undefined: they are not two of one life of a member, or not apart. */
export function ratesBetween(before: MemberReport, after: MemberReport): ReadonlyMap<string, Rates> | undefined {
  const ms = after.uptimeMs - before.uptimeMs; // not the wall clock, which may be set
  if (before.process.pid !== after.process.pid || !(ms > 0)) return undefined;
  const earlier = new Map(before.groups.map((group) => [group.group, countersOf(group)]));
  return new Map(
    after.groups.flatMap((group) => {
      const was = earlier.get(group.group);
      return was === undefined ? [] : [[group.group, rates(was, countersOf(group), ms / 1000)]];
    }),
  );
}

/** Of several groups, or members, together. */
export function sumOf(all: readonly Rates[]): Rates {
  const sum = Object.fromEntries(COUNTERS.map((name) => [name, all.reduce((total, each) => total + each[name], 0)]));
  return withRatio(sum as Record<Counter, number>);
}

type Group = MemberReport['groups'][number];

function countersOf(group: Group): Record<Counter, number> {
  const { gets, hits, serves, loads, loadErrors, fetches, fetchErrors, removals } = group;
  return { gets, hits, serves, loads, loadErrors, fetches, fetchErrors, evictions: removals.evicted };
}

function rates(was: Record<Counter, number>, is: Record<Counter, number>, seconds: number): Rates {
  const each = Object.fromEntries(COUNTERS.map((name) => [name, Math.max(0, is[name] - was[name]) / seconds]));
  return withRatio(each as Record<Counter, number>);
}

function withRatio(each: Record<Counter, number>): Rates {
  return { ...each, hitRatio: each.gets === 0 ? undefined : each.hits / each.gets };
}
