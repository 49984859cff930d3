export { MemoryEtcd } from './memory-etcd.js';
export { memberOf, SnapshotLog } from './snapshot-log.js';
