export interface CacheClient {
  /** @throws {Error} if there is no such key. */
  get(key: string): Promise<Uint8Array>;
  put(key: string, value: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface Where {
  /** `host:port` of every server. */
  readonly addresses: readonly string[];
  /** How many callers there will be. */
  readonly callers: number;
}

/** What a client's own `get` may give. @throws {Error} if that is nothing. */
export function found(value: Uint8Array | null, key: string): Uint8Array {
  if (value === null) throw new Error(`${key} is not there`);
  return value;
}
