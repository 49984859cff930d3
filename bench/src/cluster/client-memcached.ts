import { Client } from 'memjs';

import type { CacheClient, Where } from './client.js';

const PATIENCE_SECONDS = 5; // memjs gives up after half a second: 512 callers on a busy machine may wait longer

export async function connectMemcached({ addresses }: Where): Promise<CacheClient> {
  const client = Client.create(addresses[0]!, {
    timeout: PATIENCE_SECONDS,
    conntimeout: PATIENCE_SECONDS,
  });
  return {
    get: (key) => client.get(key),
    put: async (key, value) => void (await client.set(key, Buffer.from(value), {})),
    close: async () => client.close(),
  };
}
