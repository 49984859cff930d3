import { createClient } from '@ringcache/client';
import { readPemFiles } from '@ringcache/config';
import { discoveryFrom } from '@ringcache/discovery';
import type { Logger } from '@ringcache/logger';
import type { StudentScoreConfig } from './config.js';
import type { Invalidate } from './invalidation.js';
import { SCORES_GROUP } from './origin-service.js';

const TIMEOUT_MS = 900; // less than one try of Invalidation's, so that the client can say why it failed

export interface CacheConnection {
  readonly invalidate: Invalidate;
  close(): Promise<void>;
}

type CacheConfig = Pick<StudentScoreConfig, 'discovery' | 'cache'>;

/** The cache that has to hear of changes. Does not wait for it: this service starts, and works, without one. */
export function connectCache(config: CacheConfig, log: Logger): CacheConnection {
  const onError = (error: Error) => log.debug('cache', { reason: error.message });
  const tls = config.cache.tls && readPemFiles(config.cache.tls, 'cache.tls');
  const { tls: etcdTls } = config.discovery;
  const discovery = discoveryFrom(config.discovery, {
    cluster: config.discovery.cluster,
    tls: etcdTls && readPemFiles(etcdTls, 'discovery.tls'),
    onError,
  });
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
