// What stands out in the cluster, each as a sentence that says what it means.

import type { ClusterState, MemberView, RingPicture } from '../../api.js';
import { and } from './format.js';

export interface Notice {
  readonly kind: 'warning' | 'info';
  readonly text: string;
}

export function noticesOf(state: ClusterState | undefined, ring: RingPicture | undefined): Notice[] {
  const members = state?.members.filter(({ leftAt }) => leftAt === undefined) ?? [];
  const notices: Notice[] = members.flatMap(({ member, problem }) =>
    problem === undefined ? [] : [warning(`${member.id} ${problem}.`)],
  );
  for (const { member, problem, suspectedBy } of members) {
    if (problem === undefined && suspectedBy.length > 0) {
      notices.push(warning(`${and(suspectedBy)} cannot reach ${member.id}, though it answers here.`));
    }
  }
  const diverging = divergence(members, ring);
  if (diverging.length > 0) {
    const ids = and(diverging.map(({ member }) => member.id));
    notices.push(
      warning(`Rings differ: ${ids} ${diverging.length === 1 ? 'sees' : 'see'} other members than this node.`),
    );
  }
  if (ring?.view.stale) notices.push(warning('Discovery is out of reach: the last ring stays in force.'));
  return notices;
}

/** Members whose ring is not this node's. */
export function divergence(members: readonly MemberView[], ring: RingPicture | undefined): MemberView[] {
  if (ring === undefined) return [];
  return members.filter(
    ({ report, problem, leftAt }) =>
      report !== undefined &&
      problem === undefined &&
      leftAt === undefined &&
      report.ring.fingerprint !== ring.view.fingerprint,
  );
}

function warning(text: string): Notice {
  return { kind: 'warning', text };
}
