/** What a client's own get gives. */
export type Got = Uint8Array | { readonly value: Uint8Array | null } | null;

export interface CacheClient {
  /** As the client has it, with nothing around it that would be measured, too. */
  get(key: string): Promise<Got>;
  put(key: string, value: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface Where {
  /** `host:port` of every server. */
  readonly addresses: readonly string[];
  /** How many callers there will be. */
  readonly callers: number;
}

/** @throws {Error} if there is none. */
export function valueIn(got: Got, key: string): Uint8Array {
  const value = got instanceof Uint8Array || got === null ? got : got.value;
  if (value === null) throw new Error(`${key} is not there`);
  return value;
}
