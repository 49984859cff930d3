import { type Balancing, createClient } from '@ringcache/client';
import { staticDiscovery } from '@ringcache/discovery';

import type { CacheClient, Where } from './client.js';
import { GROUP } from './where.js';

export async function connectRingcache({ addresses }: Where, balancing: Balancing): Promise<CacheClient> {
  const discovery = staticDiscovery(addresses.map((grpc) => ({ id: grpc, grpc, http: '', weight: 1 })));
  const client = createClient({ discovery, balancing });
  await client.ready();
  return {
    get: (key) => client.get(GROUP, key),
    put: async (key, value) => void (await client.set(GROUP, key, value)),
    close: async () => {
      await client.close();
      await discovery.close();
    },
  };
}
