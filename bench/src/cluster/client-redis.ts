import { Redis } from 'ioredis';

import type { CacheClient, Where } from './client.js';

export async function connectRedis({ addresses }: Where, enableAutoPipelining: boolean): Promise<CacheClient> {
  const client = new Redis(`redis://${addresses[0]}`, { enableAutoPipelining, lazyConnect: true });
  await client.connect();
  return {
    get: (key) => client.getBuffer(key),
    put: async (key, value) => void (await client.set(key, Buffer.from(value))),
    close: async () => void (await client.quit()),
  };
}
