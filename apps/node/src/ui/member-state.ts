// What a member is to whoever looks on: from its own report, those of the others, and whether it answers.

import { CacheError, type Member, type MemberReport } from '@ringcache/cache-core';
import type { MemberState, MemberView } from '@ringcache/ui';

/** What is known of a member. */
export interface Watched {
  readonly member: Member;
  /** The last one it gave. */
  readonly report: MemberReport | undefined;
  /** Why the last question had no answer; undefined: it had one, or there was none yet. */
  readonly problem: string | undefined;
  /** Wall clock when it left the ring; undefined: it is in it. */
  readonly leftAt: number | undefined;
}

/** @returns views in the order given, without reports if these are not to be seen. */
export function memberViews(watched: readonly Watched[], withReports: boolean): MemberView[] {
  return watched.map((each) => {
    const suspectedBy = each.leftAt === undefined ? suspecting(each.member.id, watched) : [];
    const { member, problem, leftAt, report } = each;
    return {
      member,
      state: stateOf(each, suspectedBy),
      suspectedBy,
      problem,
      leftAt,
      report: withReports ? report : undefined,
    };
  });
}

function stateOf({ report, problem, leftAt }: Watched, suspectedBy: readonly string[]): MemberState {
  if (leftAt !== undefined) return problem === undefined && report?.state === 'draining' ? 'draining' : 'gone';
  if (problem !== undefined || suspectedBy.length > 0) return 'suspect';
  return report?.state ?? 'live'; // not asked yet: discovery says that it is there
}

/** Members that answer, and take this one for being away. */
function suspecting(id: string, watched: readonly Watched[]): string[] {
  return watched
    .filter(
      ({ problem, leftAt, report }) => problem === undefined && leftAt === undefined && report?.suspects.includes(id),
    )
    .map(({ member }) => member.id);
}

const MAX_MESSAGE_CHARS = 200; // of what another process says
const REFUSED = /ECONNREFUSED/;

/** As the end of a sentence that begins with the member. */
export function problemOf(error: unknown, timeoutMs: number): string {
  const { code, message, answered } = CacheError.from(error);
  if (code === 'deadline' && !answered) return `did not answer within ${timeoutMs / 1_000} s`;
  if (code === 'unavailable' && !answered)
    return `cannot be reached${REFUSED.test(message) ? ': it refuses the connection' : ''}`;
  return `answered with an error: ${message.slice(0, MAX_MESSAGE_CHARS)}`;
}
