import type { Member, MemberReport } from '@ringcache/cache-core';
import { color } from '../color.js';
import type { ExitCode } from '../exit-codes.js';
import { askMembers, failuresAsJson, noteFailures } from '../members-asked.js';
import { bytesText, msText, spanText } from '../numbers.js';
import { type Output, table } from '../output.js';
import { printable } from '../printable.js';
import type { Session } from '../session.js';

/** Who is in the ring, and how each is. */
export async function members(session: Session, output: Output): Promise<ExitCode> {
  const asked = await askMembers(session, undefined, (admin, call) => admin.report(call));
  const reports = new Map(asked.answers.map(({ member, answer }) => [member.id, answer]));
  const all = [...asked.answers, ...asked.failures].map(({ member }) => member).sort((a, b) => (a.id < b.id ? -1 : 1));
  const fingerprints = asked.answers.map(({ answer }) => answer.ring.fingerprint);
  const isDivided = new Set(fingerprints).size > 1;
  const document = {
    members: all.map((member) => ({ ...member, ...asJson(reports.get(member.id)) })),
    ringsAgree: !isDivided,
    ...failuresAsJson(asked),
  };
  output.document(document, () => membersTable(all, reports, isDivided));
  noteFailures(asked, output);
  if (isDivided) output.note('the members do not see the same ring: see their ring hashes, and `ringctl ring`');
  return asked.exitCode;
}

function asJson(report: MemberReport | undefined): object {
  if (report === undefined) return { state: 'no answer' };
  const { state, version, uptimeMs, ring, process, suspects, limits } = report;
  return { state, version, uptimeMs, ring: ring.fingerprint, suspects, process, limits };
}

function membersTable(all: readonly Member[], reports: ReadonlyMap<string, MemberReport>, isDivided: boolean): string {
  const head = [
    'MEMBER',
    'GRPC',
    'HTTP',
    '>WEIGHT',
    'STATE',
    'VERSION',
    '>UP',
    'RING',
    '>LOOP P99',
    '>RSS',
    'SUSPECTS',
  ];
  const rows = all.map((member) => {
    const { id, grpc, http, weight } = member;
    const addresses = [printable(id), printable(grpc || '-'), printable(http || '-'), `${weight}`];
    const report = reports.get(id);
    if (report === undefined) return [...addresses, color.red('no answer'), '-', '-', '-', '-', '-', '-'];
    const { state, version, uptimeMs, ring, process, suspects } = report;
    const hash = ring.fingerprint.slice(0, 8);
    return [
      ...addresses,
      state === 'live' ? color.green(state) : color.yellow(state),
      version,
      spanText(uptimeMs / 1000),
      isDivided ? color.red(hash) : hash,
      msText(process.eventLoopDelayMs.p99),
      bytesText(process.rssBytes),
      suspects.length === 0 ? '-' : color.yellow(printable(suspects.join(' '))),
    ];
  });
  return table(head, rows);
}
