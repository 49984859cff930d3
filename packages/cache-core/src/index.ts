export { Cache, type CacheOptions, REMOVAL_CAUSES, type RemovalCause } from '@ringcache/engine';
export type {
  Admin,
  AdminClient,
  ConnectAdmin,
  FlightReport,
  GroupReport,
  HeldReport,
  HotKey,
  KeyReport,
  LoadFailure,
  LogLevel,
  MemberReport,
  Percentiles,
  PolicyReport,
  ProcessReport,
  Reloaded,
  ReloadOptions,
} from './admin.js';
export { Breakers } from './breakers.js';
export { CHANGEABLE_LIMITS, type ChangeableLimit, type LimitChanges } from './changing-limits.js';
export { pause, systemClock } from './clock.js';
export type {
  Access,
  Answer,
  Caller,
  CallOptions,
  Change,
  Clock,
  Connect,
  Dial,
  Door,
  Entry,
  Invalidation,
  Loaded,
  Loader,
  NodeClient,
  OnError,
  PeerClient,
  RingView,
  Source,
  Timer,
  WriteResult,
} from './contracts.js';
export {
  CacheError,
  type CacheErrorOptions,
  ERROR_CODES,
  type ErrorCode,
  nobodyAnswered,
  toErrorCode,
} from './errors.js';
export type { GroupEvent, Hears, Observer, Step } from './events.js';
export { type FollowOptions, follow } from './follow.js';
export { Group } from './group.js';
export type { GroupMeasures, WriteCount, WriteOp } from './group-measures.js';
export type { GroupLimits, GroupOptions } from './group-options.js';
export { HeldEntry } from './held-entry.js';
export { callInSpan, memberAttributes } from './in-span.js';
export {
  COARSE_LATENCY_BOUNDS_MS,
  LATENCY_BOUNDS_MS,
  LatencyHistogram,
} from './latency-histogram.js';
export type { LimitReport } from './limit-report.js';
export { LOG_LEVELS, localAdmin } from './local-admin.js';
export { type Member, ofNoProcess } from './member.js';
export {
  exchangeReplyOf,
  exchangeRequestOf,
  MAX_ID_BYTES,
  MAX_NAME_CHARS,
  MAX_VIEW_MEMBERS,
  MAX_WEIGHT,
  viewMemberOf,
  viewOf,
} from './membership/decode.js';
export type { ExchangeReply, ExchangeRequest } from './membership/exchange.js';
export {
  CLOCK_RATIO,
  Membership,
  type MembershipHooks,
  type MembershipOptions,
  type ViewChange,
} from './membership/membership.js';
export { TROUBLE_KINDS, type Trouble } from './membership/trouble.js';
export { DEFAULT_CLUSTER, keyOf, type View, type ViewMember } from './membership/view.js';
export type { DirectoryState, ViewDirectory } from './membership/view-directory.js';
export {
  type BudgetChange,
  type BudgetedGroup,
  MemoryBudget,
  type MemoryBudgetOptions,
  type MoveMade,
} from './memory-budget.js';
export { bestMove, type MemoryMove, type MemoryShare } from './memory-move.js';
export { divideBudget, type StartingShare, type WantedShare } from './memory-shares.js';
export { type CacheNode, groupOf } from './node.js';
export type { Operator } from './operator.js';
export { Peers, type PeersOptions } from './peers.js';
export { isLoopbackAddress, REMOTE_ADMIN_REFUSED, refuseRemoteAdmin } from './remote-admin.js';
export { shielded, shieldedOnError, shieldedPredicate, warnOfError } from './shielded.js';
export type { GroupStats, HitRatioAt } from './stats.js';
export {
  type Attributes,
  isSampled,
  parseTrace,
  type Span,
  type SpanOptions,
  sampledTraceId,
  type TraceContext,
  type Tracing,
} from './tracing.js';
export { checkGroupName, checkKey, MAX_GROUP_BYTES, MAX_KEY_BYTES } from './validate.js';
export type { Restored, RestoreOptions } from './warm-restart.js';
