export { Breakers } from './breakers.js';
export { Cache, type CacheOptions, ENTRY_OVERHEAD_BYTES, REMOVAL_CAUSES, type RemovalCause } from './cache.js';
export { systemClock } from './clock.js';
export type {
  Answer,
  CallOptions,
  Change,
  Clock,
  Connect,
  Dial,
  Entry,
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
export { CacheError, type CacheErrorOptions, ERROR_CODES, type ErrorCode, toErrorCode } from './errors.js';
export type { GroupEvent, Observer, Step } from './events.js';
export { Group } from './group.js';
export type { GroupLimits, GroupOptions } from './group-options.js';
export type { Member } from './member.js';
export { type CacheNode, groupOf } from './node.js';
export { Peers, type PeersOptions } from './peers.js';
export type { GroupStats } from './stats.js';
export { checkGroupName, checkKey, MAX_GROUP_BYTES, MAX_KEY_BYTES } from './validate.js';
