import type { Member } from '@ringcache/cache-core';
import { type Snapshot, sameMember } from '@ringcache/discovery';

export type Change =
  | { readonly event: 'joined' | 'left' | 'changed'; readonly member: Member }
  | { readonly event: 'stale' | 'current' };

/** What has happened from one list to the next: who left, joined and changed, each in order of id. */
export function changesBetween(before: Snapshot, after: Snapshot): Change[] {
  const old = new Map(before.members.map((member) => [member.id, member]));
  const remaining = new Set(after.members.map(({ id }) => id));
  const changes: Change[] = before.members
    .filter(({ id }) => !remaining.has(id))
    .map((member) => ({ event: 'left', member }));
  for (const member of after.members) {
    const known = old.get(member.id);
    if (known === undefined) changes.push({ event: 'joined', member });
    else if (!sameMember(known, member)) changes.push({ event: 'changed', member });
  }
  if (before.stale !== after.stale) changes.push({ event: after.stale ? 'stale' : 'current' });
  return changes;
}
