import type { Loader } from '@ringcache/cache-core';

/** Where a group's values come from. */
export interface Origin {
  readonly load: Loader;
  close(): Promise<void>;
}
