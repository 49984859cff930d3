// The live view as lines of text: what `ringctl top` shows of two looks at a cluster.

import type { Member, MemberReport } from '@ringcache/cache-core';

import { totalsOf } from './cluster-stats.js';
import { color } from './color.js';
import { bytesText, countText, msText, percentText, rateText, spanText } from './numbers.js';
import { table } from './output.js';
import { printable } from './printable.js';
import { type Rates, ratesBetween, sumOf } from './rates.js';

/** One look at the cluster. */
export interface Look {
  readonly at: Date;
  readonly reports: readonly MemberReport[];
  readonly failures: readonly { readonly member: Member; readonly error: Error }[];
}

/** @param before undefined: the first look, which knows no rates yet. */
export function topView(before: Look | undefined, now: Look): string[] {
  const rates = ratesOf(before, now);
  const all = [...rates.values()].flatMap((each) => [...each.values()]);
  return [
    headline(now),
    all.length === 0 ? color.dim('rates with the next look') : totalLine(sumOf(all)),
    '',
    ...membersTable(now, rates).split('\n'),
    '',
    ...groupsTable(now, rates).split('\n'),
    ...lastFailures(now),
  ];
}

type AllRates = ReadonlyMap<string, ReadonlyMap<string, Rates>>;

/** By member, by group. */
function ratesOf(before: Look | undefined, { reports }: Look): AllRates {
  const earlier = new Map(before?.reports.map((report) => [report.member.id, report]));
  return new Map(
    reports.flatMap((report) => {
      const was = earlier.get(report.member.id);
      const rates = was && ratesBetween(was, report);
      return rates === undefined ? [] : [[report.member.id, rates]];
    }),
  );
}

function headline({ at, reports, failures }: Look): string {
  const rings = new Set(reports.map(({ ring }) => ring.fingerprint));
  const ring = rings.size === 1 ? `ring ${[...rings][0]!.slice(0, 8)}` : color.red(`${rings.size} different rings`);
  const count = reports.length + failures.length;
  const silent = failures.length === 0 ? '' : color.red(`, ${failures.length} silent`);
  return `${color.bold('ringcache')}  ${at.toLocaleTimeString('en-GB')}  ${count} members${silent}, ${ring}`;
}

function totalLine({ gets, hitRatio, fetches, loads, loadErrors, evictions }: Rates): string {
  return [
    `${color.bold(rateText(gets))} gets/s`,
    `${color.bold(percentText(hitRatio))} hits`,
    `${color.bold(rateText(fetches))} fetches/s`,
    `${color.bold(rateText(loads))} loads/s`,
    `${(loadErrors > 0 ? color.red : color.bold)(rateText(loadErrors))} failed/s`,
    `${color.bold(rateText(evictions))} evictions/s`,
  ].join('   ');
}

function membersTable({ reports, failures }: Look, rates: AllRates): string {
  const head = [
    'MEMBER',
    'STATE',
    '>UP',
    '>CPU',
    '>LOOP P99',
    '>RSS',
    '>SHARE',
    '>GETS/S',
    '>HITS',
    '>FETCHES/S',
    '>LOADS/S',
  ];
  const rows = reports.map((report) => {
    const { member, state, uptimeMs, process, shares, suspects } = report;
    const own = rates.get(member.id);
    const each = own && sumOf([...own.values()]);
    const suspicion = suspects.length === 0 ? '' : ` suspects ${suspects.join(' ')}`;
    return {
      id: member.id,
      row: [
        printable(member.id),
        (state === 'live' && suspicion === '' ? color.green : color.yellow)(printable(state + suspicion, 40)),
        spanText(uptimeMs / 1000),
        percentText(process.cpu),
        msText(process.eventLoopDelayMs.p99),
        bytesText(process.rssBytes),
        percentText(shares[member.id]),
        ...[rateText(each?.gets), percentText(each?.hitRatio), rateText(each?.fetches), rateText(each?.loads)],
      ],
    };
  });
  const silent = failures.map(({ member: { id } }) => {
    return { id, row: [printable(id), color.red('no answer'), ...head.slice(2).map(() => '-')] };
  });
  const sorted = [...rows, ...silent].sort((a, b) => (a.id < b.id ? -1 : 1));
  return table(
    head,
    sorted.map(({ row }) => row),
  );
}

function groupsTable({ reports }: Look, rates: AllRates): string {
  const head = [
    'GROUP',
    '>GETS/S',
    '>HITS',
    '>LOADS/S',
    '>LOAD P99',
    '>FAILED/S',
    '>ENTRIES',
    '>MEMORY',
    '>OF',
    'POLICY',
  ];
  const rows = totalsOf(reports).map(({ group, entries, bytes, maxBytes, loadP99Ms, policies }) => {
    const own = [...rates.values()].flatMap((each) => each.get(group) ?? []);
    const each = own.length === 0 ? undefined : sumOf(own);
    return [
      printable(group, 30),
      ...[rateText(each?.gets), percentText(each?.hitRatio), rateText(each?.loads), msText(loadP99Ms)],
      each !== undefined && each.loadErrors > 0 ? color.red(rateText(each.loadErrors)) : rateText(each?.loadErrors),
      ...[countText(entries), bytesText(bytes), bytesText(maxBytes), printable(policies.join(', '), 40)],
    ];
  });
  return table(head, rows);
}

const FAILURES = 5;

function lastFailures({ reports, failures }: Look): string[] {
  const loads = reports
    .flatMap(({ member, groups, now }) =>
      groups.flatMap((group) =>
        group.failures.map((failure) => ({ ...failure, agoMs: now - failure.at, member, group })),
      ),
    )
    .sort((a, b) => a.agoMs - b.agoMs)
    .slice(0, FAILURES)
    .map(({ agoMs, member, group, key, message }) =>
      printable(`${spanText(agoMs / 1000)} ago, ${member.id}: load of ${group.group}/${key}: ${message}`, 200),
    );
  const silent = failures.map(({ member, error }) => printable(`${member.id} did not answer: ${error.message}`, 200));
  const lines = [...silent, ...loads];
  return lines.length === 0 ? [] : ['', color.bold('Failures'), ...lines];
}
