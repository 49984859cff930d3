import type { MemberReport } from '@ringcache/cache-core';

import { type GroupTotals, totalsOf } from '../cluster-stats.js';
import { EXIT, type ExitCode, Failure } from '../exit-codes.js';
import { askMembers, failuresAsJson, noteFailures } from '../members-asked.js';
import { bytesText, countText, msText, percentText } from '../numbers.js';
import { type Output, table } from '../output.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';

export interface StatsOptions {
  /** undefined: every group. */
  readonly group: string | undefined;
  /** A row for each member, not all of them together. */
  readonly byMember: boolean;
}

/** What the groups have counted since their members were started. */
export async function stats(session: Session, options: StatsOptions, output: Output): Promise<ExitCode> {
  const { group, byMember } = options;
  const asked = await askMembers(session, undefined, (admin, call) => admin.report(call));
  const reports = asked.answers.map(({ answer }) => onlyGroup(answer, group));
  const rows = byMember
    ? reports.flatMap((report) => totalsOf([report]).map((totals) => ({ member: report.member.id, ...totals })))
    : totalsOf(reports);
  if (group !== undefined && rows.length === 0 && asked.answers.length > 0) {
    throw new Failure(`no member has a group ${printable(group)}`, EXIT.notFound);
  }
  output.streamed({ groups: rows, ...failuresAsJson(asked) }, () => statsTable(rows, byMember));
  noteFailures(asked, output);
  return asked.exitCode;
}

function onlyGroup(report: MemberReport, name: string | undefined): MemberReport {
  if (name === undefined) return report;
  return { ...report, groups: report.groups.filter(({ group }) => group === name) };
}

function statsTable(rows: readonly (GroupTotals & { readonly member?: string })[], byMember: boolean): string {
  const who = byMember ? ['MEMBER'] : [];
  const head = ['GROUP', ...who, '>GETS', '>HITS', '>LOADS', '>FAILED', '>LOAD P99', '>FETCHES', '>ENTRIES'];
  return table(
    [...head, '>MEMORY', '>OF', '>EVICTED', 'POLICY'],
    rows.map((row) => [
      printable(row.group),
      ...(byMember ? [printable(row.member ?? '')] : []),
      countText(row.gets),
      percentText(row.hitRatio),
      countText(row.loads),
      countText(row.loadErrors),
      msText(row.loadP99Ms),
      countText(row.fetches),
      countText(row.entries),
      bytesText(row.bytes),
      bytesText(row.maxBytes),
      countText(row.evictions),
      printable(row.policies.join(', '), 40),
    ]),
  );
}
