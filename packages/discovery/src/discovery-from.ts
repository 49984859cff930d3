import type { Member, OnError } from '@ringcache/cache-core';
import type { MemberDiscovery } from './discovery.js';
import { dnsDiscovery } from './dns-discovery.js';
import type { RecordType } from './dns-records.js';
import type { AddressType } from './endpoint-slices.js';
import type { TlsOptions } from './etcd-client.js';
import { etcdDiscovery } from './etcd-discovery.js';
import { kubernetesDiscovery } from './kubernetes-discovery.js';
import { staticDiscovery } from './static-discovery.js';

/** One of all kinds of discovery, as an app's configuration names it. */
export interface DiscoverySettings {
  readonly type: 'etcd' | 'static' | 'dns' | 'kubernetes';
  readonly members: readonly Member[];
  readonly hosts: readonly string[];
  /** In ms. */
  readonly ttl?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly name?: string | undefined;
  readonly records?: RecordType | undefined;
  readonly grpcPort?: number | undefined;
  readonly httpPort?: number | undefined;
  /** In ms. */
  readonly interval?: number | undefined;
  readonly servers?: readonly string[] | undefined;
  readonly service?: string | undefined;
  readonly namespace?: string | undefined;
  readonly portNames?: { readonly grpc?: string | undefined; readonly http?: string | undefined } | undefined;
  readonly addressType?: AddressType | undefined;
  readonly apiServer?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
}

export interface OpenOptions {
  /** Of the registrations and the record in etcd; see `StoreDiscoveryOptions`. */
  readonly cluster: string;
  /** Of connections to etcd: what the files hold that the configuration names. */
  readonly tls?: TlsOptions | undefined;
  readonly onError: OnError;
}

/** Opens the discovery that is configured. @throws {CacheError} `invalid_argument`: a setting that is bad, or missing. */
export function discoveryFrom(settings: DiscoverySettings, { cluster, tls, onError }: OpenOptions): MemberDiscovery {
  switch (settings.type) {
    case 'static':
      return staticDiscovery(settings.members);
    case 'dns': {
      const { name = '', records, grpcPort, httpPort, interval: intervalMs, servers } = settings;
      return dnsDiscovery({ name, records, grpcPort, httpPort, intervalMs, servers, onError });
    }
    case 'kubernetes': {
      const { service = '', namespace, portNames, addressType, apiServer, tokenFile, caFile } = settings;
      return kubernetesDiscovery({ service, namespace, portNames, addressType, apiServer, tokenFile, caFile, onError });
    }
    case 'etcd': {
      const { hosts, ttl: ttlMs, user, password } = settings;
      return etcdDiscovery({ hosts, cluster, ttlMs, user, password, tls, onError });
    }
  }
}
