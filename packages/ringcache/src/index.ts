export {
  type Admin,
  CacheError,
  type CallOptions,
  type ErrorCode,
  type GroupEvent,
  type GroupStats,
  type Hears,
  type Member,
  type MemoryBudget,
  type MemoryMove,
  type MoveMade,
  type Observer,
  parseTrace,
  type RingView,
  type TraceContext,
  type Tracing,
  type WriteResult,
} from '@ringcache/cache-core';
export {
  type Discovery,
  type EtcdDiscoveryOptions,
  etcdDiscovery,
  type MemberDiscovery,
  type RegistrationEvent,
  staticDiscovery,
} from '@ringcache/discovery';
export { BatchSizes } from '@ringcache/transport-grpc';
export type { BudgetOptions } from './budget.js';
export { bytes, type Codec, json, utf8 } from './codec.js';
export type { OperatorOptions } from './default-operator.js';
export { type GroupSpec, type GroupSpecs, type GroupsOf, type JoinOptions, join } from './join.js';
export type { LeaveOptions, Node } from './node.js';
export { type LoadedCertificate, type TlsFiles, type TlsFilesOptions, type TlsPaths, tlsFiles } from './tls-files.js';
export type { JoinTls } from './tls-option.js';
export type { TroubleReport } from './trouble-watch.js';
export {
  type LoadContext,
  type TimedValue,
  type TypedAnswer,
  TypedGroup,
  type TypedLoader,
  withTtl,
} from './typed-group.js';
