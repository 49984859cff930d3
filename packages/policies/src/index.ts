export { createPolicy, POLICY_NAMES, type PolicyName } from './create-policy.js';
export { type CurvePoint, MissRatioCurve } from './miss-ratio-curve.js';
export type { EvictionPolicy, PolicyOptions } from './policy.js';
