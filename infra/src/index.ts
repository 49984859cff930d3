export { Child, type ChildOptions } from './child.js';
export { type EtcdCluster, type EtcdClusterOptions, type EtcdTls, startEtcdCluster } from './etcd-cluster.js';
export type { EtcdMember } from './etcd-member.js';
export { EtcdUnavailableError, type FindEtcdOptions, findEtcd } from './find-etcd.js';
export { withLock } from './install-lock.js';
export { findOnPath } from './on-path.js';
export { freePort, freePorts, PortTakenError, requirePorts } from './ports.js';
export { type Postgres, type PostgresOptions, startPostgres } from './postgres.js';
export { type ProxyMode, startTcpProxy, type TcpProxy } from './tcp-proxy.js';
