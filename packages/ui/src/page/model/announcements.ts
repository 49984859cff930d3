// What happens in the cluster, in sentences, for those who do not see it move.

import { signal } from '@preact/signals';
import type { ClusterState } from '../../api.js';

const MAX_SENTENCES = 5; // at a time; more would be read out for longer than it is news

/** The last ones, which the page's live region holds. */
export const announcements = signal<readonly string[]>([]);

export function announce(sentences: readonly string[]): void {
  if (sentences.length > 0) announcements.value = sentences.slice(0, MAX_SENTENCES);
}

export function changesBetween(before: ClusterState, after: ClusterState): string[] {
  const known = new Map(before.members.map((each) => [each.member.id, each]));
  return after.members.flatMap(({ member: { id }, state, leftAt, problem }) => {
    const was = known.get(id);
    if (was === undefined || (was.leftAt !== undefined && leftAt === undefined)) {
      return leftAt === undefined ? [`${id} joined the ring.`] : [];
    }
    if (was.leftAt === undefined && leftAt !== undefined) return [`${id} left the ring.`];
    if (was.state === state) return [];
    if (state === 'suspect') return [`${id} ${problem ?? 'is suspected by others of being away'}.`];
    return [`${id} is ${state}.`];
  });
}
