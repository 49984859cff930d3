// The policies by the names that configuration uses. A further policy is one file and one line here.

import { Arc } from './arc.js';
import { Fifo } from './fifo.js';
import { Lfu } from './lfu.js';
import { Lru } from './lru.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';

const policies = { fifo: Fifo, lru: Lru, lfu: Lfu, arc: Arc };

export type PolicyName = keyof typeof policies;

export const POLICY_NAMES = Object.keys(policies) as readonly PolicyName[];

/**
 * Makes an empty policy. Cost: its arrays, see {@link PolicyOptions.maxEntries}.
 * @throws {RangeError} for a name that is not in {@link POLICY_NAMES}, or a `maxEntries` that is not an integer from 1.
 */
export function createPolicy(name: PolicyName, options: PolicyOptions = {}): EvictionPolicy {
  if (!Object.hasOwn(policies, name)) throw new RangeError(`no policy ${name}; there are ${POLICY_NAMES.join(', ')}`);
  return new policies[name](options);
}
