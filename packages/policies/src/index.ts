export { createPolicy, POLICY_NAMES, type PolicyName } from './create-policy.js';
export type { EvictionPolicy, PolicyOptions } from './policy.js';
