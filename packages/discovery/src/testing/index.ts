export { keepRegistered, type Registered } from './keep-registered.js';
export { MemoryEtcd } from './memory-etcd.js';
export { memberOf, SnapshotLog } from './snapshot-log.js';
export { viewMember } from './view-member.js';
