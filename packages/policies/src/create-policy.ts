// The policies by the names that configuration uses. A further policy is one file and one line here.

import { Arc } from './arc.js';
import { Auto } from './auto.js';
import { Fifo } from './fifo.js';
import { Lfu } from './lfu.js';
import { Lirs } from './lirs.js';
import { Lru } from './lru.js';
import type { EvictionPolicy, PolicyOptions } from './policy.js';
import { S3Fifo } from './s3-fifo.js';
import { Sieve } from './sieve.js';
import { WTinyLfu } from './w-tinylfu.js';

const policies = {
  fifo: Fifo,
  lru: Lru,
  lfu: Lfu,
  arc: Arc,
  sieve: Sieve,
  's3-fifo': S3Fifo,
  lirs: Lirs,
  'w-tinylfu': WTinyLfu,
  auto: Auto,
};

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
