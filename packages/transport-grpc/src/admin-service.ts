import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { type CacheNode, checkKey, type GroupStats, groupOf, type Member } from '@ringcache/cache-core';
import type { admin } from '@ringcache/proto';

import type { Traffic } from './traffic.js';
import { unary, type Wanted } from './unary.js';

/** Whoever may read has to know whom to ask. */
const RING = (): Wanted => ({ access: 'read', group: '', keys: 1 });
const STATS = ({ group }: admin.StatsRequest): Wanted => ({ access: 'admin', group, keys: 1 });

/** What a member says of itself and of the ring as it sees it. */
export function adminService(node: CacheNode, traffic: Traffic): UntypedServiceImplementation {
  return {
    members: unary<admin.MembersRequest, admin.MembersResponse>(traffic, RING, async () => {
      const { self, members, dialect, replicas, fingerprint, stale } = node.peers.view();
      return { self, members: members.map(memberToWire), ring: fingerprint, dialect, replicas, stale };
    }),
    owner: unary<admin.OwnerRequest, admin.OwnerResponse>(traffic, RING, async ({ key }) => {
      checkKey(key);
      const { ring } = node.peers;
      const { hash, point } = ring.locate(key);
      const [owner, successor] = ring.owners(key, 2);
      return {
        hash,
        point,
        owner: owner === undefined ? undefined : memberToWire(owner),
        successor: successor === undefined ? undefined : memberToWire(successor),
      };
    }),
    stats: unary<admin.StatsRequest, admin.StatsResponse>(traffic, STATS, async ({ group }) => {
      const groups = group === '' ? [...node.groups.values()] : [groupOf(node, group)];
      return { groups: groups.map((each) => statsToWire(each.stats())) };
    }),
  };
}

function memberToWire({ id, grpc, http, weight }: Member): admin.Member {
  return { id, grpc, http, weight };
}

function statsToWire(stats: GroupStats): admin.GroupStats {
  return { ...stats, removals: { ...stats.removals } };
}
