import { createClient } from '@ringcache/client';
import { readPemFiles } from '@ringcache/config';
import { type Discovery, etcdDiscovery, staticDiscovery } from '@ringcache/discovery';
import type { Logger } from '@ringcache/logger';
import type { StudentScoreConfig } from './config.js';
import type { Invalidate } from './invalidation.js';
import { SCORES_GROUP } from './origin-service.js';

const TIMEOUT_MS = 900; // less than one try of Invalidation's, so that the client can say why it failed

export interface CacheConnection {
  readonly invalidate: Invalidate;
  close(): Promise<void>;
}

type DiscoveryConfig = StudentScoreConfig['discovery'];
type CacheConfig = Pick<StudentScoreConfig, 'discovery' | 'cache'>;

/** The cache that has to hear of changes. Does not wait for it: this service starts, and works, without one. */
export function connectCache(config: CacheConfig, log: Logger): CacheConnection {
  const onError = (error: Error) => log.debug('cache', { reason: error.message });
  const tls = config.cache.tls && readPemFiles(config.cache.tls, 'cache.tls');
  const discovery = discoveryOf(config.discovery, onError);
  const client = createClient({ discovery, tls, token: config.cache.token, timeoutMs: TIMEOUT_MS, onError });
  return {
    invalidate: async (name) => {
      await client.delete(SCORES_GROUP, name);
    },
    close: async () => {
      await client.close();
      await discovery.close();
    },
  };
}

function discoveryOf(config: DiscoveryConfig, onError: (error: Error) => void): Discovery {
  if (config.type === 'static') return staticDiscovery(config.members);
  const { hosts, cluster, user, password } = config;
  const tls = config.tls && readPemFiles(config.tls, 'discovery.tls');
  return etcdDiscovery({ hosts, cluster, user, password, tls, onError });
}
