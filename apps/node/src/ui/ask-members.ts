import type { Admin, CallOptions, Member } from '@ringcache/cache-core';
import type { MemberProblem } from '@ringcache/ui';

import { ASK_TIMEOUT_MS } from './cluster-watch.js';
import { problemOf } from './member-state.js';

export interface MemberAnswers<T> {
  readonly answers: readonly { readonly member: Member; readonly answer: T }[];
  readonly problems: readonly MemberProblem[];
}

/** Asks every member the same at once; one that does not answer within {@link ASK_TIMEOUT_MS} is a problem, and no failure. */
export async function askMembers<T>(
  members: readonly Member[],
  adminOf: (member: Member) => Admin,
  ask: (admin: Admin, options: CallOptions) => Promise<T>,
): Promise<MemberAnswers<T>> {
  const answers: { member: Member; answer: T }[] = [];
  const problems: MemberProblem[] = [];
  await Promise.all(
    members.map(async (member) => {
      try {
        answers.push({ member, answer: await ask(adminOf(member), { timeoutMs: ASK_TIMEOUT_MS }) });
      } catch (error) {
        problems.push({ id: member.id, problem: problemOf(error, ASK_TIMEOUT_MS) });
      }
    }),
  );
  const byId = new Map(members.map(({ id }, index) => [id, index]));
  answers.sort((a, b) => byId.get(a.member.id)! - byId.get(b.member.id)!);
  problems.sort((a, b) => byId.get(a.id)! - byId.get(b.id)!);
  return { answers, problems };
}
