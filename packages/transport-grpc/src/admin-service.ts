import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { type Admin, CacheError, type CacheNode, checkKey, groupOf, type LogLevel } from '@ringcache/cache-core';
import type { admin as wire } from '@ringcache/proto';

import { flightsToWire, keyToWire, memberToWire, reportToWire, ringToWire, statsToWire } from './admin-to-wire.js';
import type { Traffic } from './traffic.js';
import { unary, type Wanted } from './unary.js';

/** Whoever may read has to know whom to ask. */
const RING = (): Wanted => ({ access: 'read', group: '', keys: 1 });
const MEMBER = (): Wanted => ({ access: 'admin', group: '', keys: 1 });
const GROUP = ({ group }: { group: string }): Wanted => ({ access: 'admin', group, keys: 1 });

/**
 * What a member says of itself and of the ring as it sees it, and what it does for its operator.
 * @param admin undefined: it says no more than a client needs, and does nothing.
 */
export function adminService(
  node: CacheNode,
  admin: Admin | undefined,
  traffic: Traffic,
): UntypedServiceImplementation {
  return { ...ringMethods(node, traffic), ...operatorMethods(() => admin ?? refuse(), traffic) };
}

function ringMethods(node: CacheNode, traffic: Traffic): UntypedServiceImplementation {
  return {
    members: unary<wire.MembersRequest, wire.MembersResponse>(traffic, RING, async () => ringToWire(node.peers.view())),
    owner: unary<wire.OwnerRequest, wire.OwnerResponse>(traffic, RING, async ({ key }) => {
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
    stats: unary<wire.StatsRequest, wire.StatsResponse>(traffic, GROUP, async ({ group }) => {
      const groups = group === '' ? [...node.groups.values()] : [groupOf(node, group)];
      return { groups: groups.map((each) => statsToWire(each.stats())) };
    }),
  };
}

function operatorMethods(admin: () => Admin, traffic: Traffic): UntypedServiceImplementation {
  return {
    report: unary<wire.ReportRequest, wire.ReportResponse>(traffic, MEMBER, async (_, options) =>
      reportToWire(await admin().report(options)),
    ),
    inspect: unary<wire.InspectRequest, wire.InspectResponse>(traffic, GROUP, async ({ group, key }, options) =>
      keyToWire(await admin().inspect(group, key, options)),
    ),
    hotKeys: unary<wire.HotKeysRequest, wire.HotKeysResponse>(traffic, GROUP, async ({ group, limit }, options) => ({
      keys: (await admin().hotKeys(group, limit, options)).map((key) => ({ ...key })),
    })),
    flights: unary<wire.FlightsRequest, wire.FlightsResponse>(traffic, MEMBER, async (_, options) =>
      flightsToWire(await admin().flights(options)),
    ),
    drain: unary<wire.DrainRequest, wire.DrainResponse>(traffic, MEMBER, async (_, options) => {
      await admin().drain(options);
      return {};
    }),
    logLevel: unary<wire.LogLevelRequest, wire.LogLevelResponse>(traffic, MEMBER, async ({ level }, options) => ({
      level: await admin().logLevel(level === '' ? undefined : (level as LogLevel), options), // checked there
    })),
    config: unary<wire.ConfigRequest, wire.ConfigResponse>(traffic, MEMBER, async (_, options) => ({
      yaml: await admin().config(options),
    })),
    reload: unary<wire.ReloadRequest, wire.ReloadResponse>(traffic, MEMBER, async ({ dryRun }, options) => {
      const { applied, refused } = await admin().reload(Object.assign(options, { dryRun }));
      return { applied: [...applied], refused: [...refused] };
    }),
  };
}

function refuse(): never {
  throw new CacheError('invalid_argument', 'this server was started without an admin');
}
