// Groups as the whole cluster has them: each member reports its own part.

import { computed, signal } from '@preact/signals';
import type { GroupReport } from '@ringcache/cache-core';

import { groupNames, reporting } from './cluster.js';

export interface GroupPart {
  /** Of the member. */
  readonly id: string;
  readonly report: GroupReport;
}

export interface WholeGroup {
  readonly name: string;
  readonly parts: readonly GroupPart[];
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entries: number;
  /** Among all gets of the last minute; undefined: there were none yet at all. */
  readonly hitRatio: number | undefined;
  /** Of the member that is slowest, in ms; undefined: nothing was loaded. */
  readonly loadP99: number | undefined;
}

export const wholeGroups = computed<readonly WholeGroup[]>(() => groupNames.value.map(wholeGroup));

const chosen = signal('');
let busiest = ''; // when the first reports came; another later would change what the user looks at under their hands
/** The group that the user looks at; the busiest one until another is chosen. '' : there is none. */
export const selectedGroup = computed(() => {
  const names = groupNames.value;
  if (names.includes(chosen.value)) return chosen.value;
  if (!names.includes(busiest)) busiest = busiestOf(wholeGroups.value);
  return names.includes(busiest) ? busiest : (names[0] ?? '');
});

export function selectGroup(name: string): void {
  chosen.value = name;
}

/** '' : nobody has reported yet. */
function busiestOf(groups: readonly WholeGroup[]): string {
  const gets = ({ parts }: WholeGroup) => parts.reduce((sum, { report }) => sum + report.gets, 0);
  const [first, ...others] = groups.filter(({ parts }) => parts.length > 0);
  return (
    others.reduce((most, group) => (most !== undefined && gets(group) > gets(most) ? group : most), first)?.name ?? ''
  );
}

function wholeGroup(name: string): WholeGroup {
  const parts = reporting.value.flatMap(({ member, report }) => {
    const found = report!.groups.find(({ group }) => group === name);
    return found === undefined ? [] : [{ id: member.id, report: found }];
  });
  const sum = (of: (report: GroupReport) => number) => parts.reduce((total, { report }) => total + of(report), 0);
  const asked = parts.filter(({ report }) => report.gets > 0);
  const weight = asked.reduce((total, { report }) => total + report.gets, 0);
  const p99s = parts.flatMap(({ report }) => (report.loadMs === undefined ? [] : [report.loadMs.p99]));
  return {
    name,
    parts,
    bytes: sum(({ bytes, hotBytes }) => bytes + hotBytes),
    maxBytes: sum(({ maxBytes }) => maxBytes),
    entries: sum(({ entries, hotEntries }) => entries + hotEntries),
    hitRatio:
      weight === 0
        ? undefined
        : asked.reduce((total, { report }) => total + report.hitRatioMinute * report.gets, 0) / weight,
    loadP99: p99s.length === 0 ? undefined : Math.max(...p99s),
  };
}
