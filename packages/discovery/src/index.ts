export {
  type Directory,
  type Discovery,
  keepsRecord,
  type ListDiscovery,
  type Listed,
  type LossReason,
  type MemberDiscovery,
  type PutOptions,
  type RecordDiscovery,
  type RegisterOptions,
  type Registration,
  type RegistrationEvent,
  type Snapshot,
  type ViewsOptions,
} from './discovery.js';
export { type DiscoverySettings, discoveryFrom, type OpenOptions } from './discovery-from.js';
export { DEFAULT_INTERVAL_MS, type DnsDiscoveryOptions, dnsDiscovery } from './dns-discovery.js';
export { RECORD_TYPES, type RecordType } from './dns-records.js';
export type { AddressType } from './endpoint-slices.js';
export type { TlsOptions } from './etcd-client.js';
export {
  type EtcdDiscoveryOptions,
  etcdDiscovery,
  type StoreDiscoveryOptions,
  storeDiscovery,
} from './etcd-discovery.js';
export type { EtcdStore, StoredEntry, StoreEvent, StorePutOptions, WatchListener } from './etcd-store.js';
export { type KubernetesDiscoveryOptions, kubernetesDiscovery } from './kubernetes-discovery.js';
export { checkMember, clusterPrefix, isEveryInterface, sameMember } from './member-record.js';
export { type StaticDiscovery, staticDiscovery } from './static-discovery.js';
export { DEFAULT_TTL_MS, MAX_TTL_MS, MIN_TTL_MS } from './ttl.js';
