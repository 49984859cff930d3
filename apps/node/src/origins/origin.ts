import type { Loader } from '@ringcache/cache-core';

import type { OriginConfig } from '../config.js';

/** What a loader gets besides the key. */
export type LoadContext = Parameters<Loader>[1];

/** Where a group's values come from. */
export interface Origin {
  readonly load: Loader;
  close(): Promise<void>;
}

/** One that is asked within limits, which can change. */
export interface BoundedOrigin extends Origin {
  /** Puts the limits of another configuration of the same origin in force. */
  change(config: OriginConfig): void;
}
