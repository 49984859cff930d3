// Whether a ring can be made of the members that a file names: said by `config check`, not by the first list at run time.

import { type Dialect, Ring, type RingMember } from '@ringcache/hashring';
import type { MembersProblem } from './members-problems.js';

export interface RingSettings {
  readonly ring: { readonly dialect: string; readonly replicas?: number | undefined };
  readonly member: { readonly id?: string | undefined; readonly weight: number };
  readonly discovery: { readonly type: string; readonly members: readonly RingMember[] };
}

/** Empty: one can. At most one problem. */
export function ringProblems({ ring, member, discovery }: RingSettings): MembersProblem[] {
  const isListed = discovery.type === 'static' && discovery.members.length > 0;
  const members = isListed ? discovery.members : [{ id: member.id ?? 'this member', weight: member.weight }];
  const { replicas } = ring;
  try {
    Ring.divisorOf(members, { dialect: ring.dialect as Dialect, ...(replicas !== undefined && { replicas }) });
    return [];
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    return [
      { path: isListed ? ['discovery', 'members'] : ['member', 'weight'], message: `makes no ring: ${error.message}` },
    ];
  }
}
