import { Pool } from 'undici';

import type { CacheClient, Where } from './client.js';

/** It has no sets: its origin, in the same process, makes the values, and `put` is what makes it ask. */
export async function connectGroupcache({ addresses, callers }: Where): Promise<CacheClient> {
  const pools = addresses.map((address) => new Pool(`http://${address}`, { connections: callers }));
  let turn = 0;
  const get = async (key: string) => {
    const { statusCode, body } = await pools[turn++ % pools.length]!.request({ path: `/get/${key}`, method: 'GET' });
    const bytes = await body.bytes();
    if (statusCode !== 200) throw new Error(`groupcache answered ${statusCode}: ${Buffer.from(bytes)}`);
    return bytes;
  };
  return {
    get,
    put: async (key) => void (await get(key)),
    close: async () => void (await Promise.all(pools.map((pool) => pool.close()))),
  };
}
