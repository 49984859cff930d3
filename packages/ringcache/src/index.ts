export {
  CacheError,
  type CallOptions,
  type ErrorCode,
  type GroupEvent,
  type GroupStats,
  type Member,
  type Observer,
  type RingView,
  type WriteResult,
} from '@ringcache/cache-core';
export {
  type Discovery,
  type EtcdDiscoveryOptions,
  etcdDiscovery,
  type RegistrationEvent,
  staticDiscovery,
} from '@ringcache/discovery';
export { bytes, type Codec, json, utf8 } from './codec.js';
export { type GroupSpec, type GroupSpecs, type GroupsOf, type JoinOptions, join } from './join.js';
export type { Node } from './node.js';
export {
  type LoadContext,
  type TimedValue,
  type TypedAnswer,
  TypedGroup,
  type TypedLoader,
  withTtl,
} from './typed-group.js';
