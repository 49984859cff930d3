import { createClient } from '@ringcache/client';
import type { Logger } from '@ringcache/logger';
import type { StudentScoreConfig } from './config.js';
import type { Invalidate } from './invalidation.js';
import { SCORES_GROUP } from './origin-service.js';

const TIMEOUT_MS = 1_000; // as long as a caller of a change waits for it

export interface CacheConnection {
  readonly invalidate: Invalidate;
  close(): Promise<void>;
}

/** The cache that has to hear of changes. Does not wait for it: this service starts, and works, without one. */
export function connectCache({ members }: StudentScoreConfig['discovery'], log: Logger): CacheConnection {
  const nodes = members.map(({ grpc }) => grpc).filter((address) => address !== '');
  if (nodes.length === 0) {
    log.info('no cache to tell of changes: discovery.members is empty');
    return { invalidate: async () => {}, close: async () => {} };
  }
  const onError = (error: Error) => log.debug('cache', { reason: error.message });
  const client = createClient({ nodes, timeoutMs: TIMEOUT_MS, onError });
  return {
    invalidate: async (name) => {
      await client.delete(SCORES_GROUP, name);
    },
    close: () => client.close(),
  };
}
