export type {
  Directory,
  Discovery,
  Listed,
  LossReason,
  PutOptions,
  RegisterOptions,
  Registration,
  RegistrationEvent,
  Snapshot,
} from './discovery.js';
export { type DiscoverySettings, discoveryFrom } from './discovery-from.js';
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
export { checkMember, clusterPrefix, isEveryInterface, MAX_ID_BYTES, MAX_WEIGHT, sameMember } from './member-record.js';
export { type StaticDiscovery, staticDiscovery } from './static-discovery.js';
export { DEFAULT_TTL_MS, MAX_TTL_MS, MIN_TTL_MS } from './ttl.js';
