import type { CacheClient } from '../cluster/client.js';

/** Ends with its process. */
export interface FloorServer {
  readonly port: number;
}

/** Its server was given the values when it was started. */
export type FloorClient = Pick<CacheClient, 'get' | 'close'>;
