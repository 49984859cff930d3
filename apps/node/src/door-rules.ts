import type { DoorRules } from '@ringcache/access';

import type { NodeConfig } from './config.js';

/** Who may come in, and how often, as configured. */
export function doorRulesOf({ access, groups, tls }: NodeConfig): DoorRules {
  const { tokens, peerToken, perClient, perGroup, maxInFlight, shedAbove } = access;
  const verified = tls?.ca !== undefined && tls.clientAuth !== 'none';
  return {
    tokens,
    peerToken,
    peerNames: access.peerNames ?? (verified && peerToken === undefined ? ['*'] : []),
    perClient,
    perGroup: (group) => groups[group]?.rate ?? perGroup,
    maxInFlight,
    shedAboveMs: shedAbove,
  };
}
