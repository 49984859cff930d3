// The clients that a Node.js team would take, each as its documentation says to use it. A process loads the one that it measures
// and no other, since its memory is part of the figures.

import type { CacheClient, Where } from './client.js';
import type { ContenderName } from './contenders.js';

export const CONNECT: Record<ContenderName, (where: Where) => Promise<CacheClient>> = {
  'ringcache-owner': async (where) => (await import('./client-ringcache.js')).connectRingcache(where, 'owner'),
  'ringcache-round-robin': async (where) =>
    (await import('./client-ringcache.js')).connectRingcache(where, 'round-robin'),
  'ioredis-auto': async (where) => (await import('./client-redis.js')).connectRedis(where, true),
  ioredis: async (where) => (await import('./client-redis.js')).connectRedis(where, false),
  memjs: async (where) => (await import('./client-memcached.js')).connectMemcached(where),
  groupcache: async (where) => (await import('./client-groupcache.js')).connectGroupcache(where),
};
