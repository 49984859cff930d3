import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { type CacheNode, checkGroupName, checkKey, groupOf } from '@ringcache/cache-core';
import type { groupcachepb } from '@ringcache/proto';
import { asBuffer } from './pipe-codec.js';
import type { ServerLimits } from './server-options.js';
import type { Traffic } from './traffic.js';
import { unary, type Wanted } from './unary.js';
import { checkValueLength } from './wire.js';

/**
 * What golang/groupcache's stubs call. It is answered as to a client, through the owner: members ask each other through
 * Peer, so whoever asks here is a stranger, and no two members can wait for each other.
 */
export function groupcacheService(
  node: CacheNode,
  traffic: Traffic,
  limits: ServerLimits,
): UntypedServiceImplementation {
  return {
    get: unary<groupcachepb.GetRequest, groupcachepb.GetResponse>(traffic, toRead, async ({ group, key }, options) => {
      // Both fields are required, and one that is missing reads as empty here: no name of ours is empty.
      checkGroupName(group);
      checkKey(key);
      const { value } = await groupOf(node, group).get(key, options);
      checkValueLength(value.length, limits.maxValueBytes);
      return { value: asBuffer(value), minuteQps: undefined };
    }),
  };
}

function toRead({ group }: groupcachepb.GetRequest): Wanted {
  return { access: 'read', group, keys: 1 };
}
