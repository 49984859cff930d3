import type { Clock } from '@ringcache/cache-core';

import { TokenBucket } from './token-bucket.js';

export interface Rate {
  /** Keys a second; 0: no limit. */
  readonly perSecond: number;
  /** Keys at once after a quiet time, 1 or more. Default: a second's. */
  readonly burst?: number | undefined;
}

export interface RateLimitsOptions {
  readonly clock: Clock;
  /** For each client: by its token where it sent one, else by its address. */
  readonly perClient: Rate;
  /** For each group; all clients together. */
  readonly perGroup: (group: string) => Rate;
}

/**
 * Clients that are known at a time. Whoever comes new begins with a full bucket, so an address that is forgotten gets its
 * burst again; to gain by that somebody would need as many addresses as this.
 */
const MAX_CLIENTS = 10_000;

/** Token buckets for clients and groups. What is refused takes nothing from either. */
export class RateLimits {
  readonly #options: RateLimitsOptions;
  readonly #clients = new Map<string, TokenBucket>(); // the least recently seen first
  readonly #groups = new Map<string, TokenBucket | undefined>();

  constructor(options: RateLimitsOptions) {
    this.#options = options;
  }

  /** @returns 0: go on; else in how many ms another try makes sense. */
  take(client: string, group: string, keys: number): number {
    const ofClient = this.#client(client);
    const ofGroup = this.#group(group);
    const missingForMs = Math.max(ofClient?.missingFor(keys) ?? 0, ofGroup?.missingFor(keys) ?? 0);
    if (missingForMs > 0) return missingForMs;
    ofClient?.spend(keys);
    ofGroup?.spend(keys);
    return 0;
  }

  #client(name: string): TokenBucket | undefined {
    const { perClient } = this.#options;
    if (perClient.perSecond === 0) return undefined;
    const bucket = this.#clients.get(name) ?? this.#bucket(perClient);
    this.#clients.delete(name);
    this.#clients.set(name, bucket!);
    if (this.#clients.size > MAX_CLIENTS) this.#clients.delete(this.#clients.keys().next().value!);
    return bucket;
  }

  #group(name: string): TokenBucket | undefined {
    if (this.#groups.has(name)) return this.#groups.get(name);
    const bucket = this.#bucket(this.#options.perGroup(name));
    if (bucket !== undefined) this.#groups.set(name, bucket); // only groups that have a rate, and so exist
    return bucket;
  }

  #bucket({ perSecond, burst = Math.max(1, perSecond) }: Rate): TokenBucket | undefined {
    if (perSecond === 0) return undefined;
    return new TokenBucket({ clock: this.#options.clock, ratePerSecond: perSecond, burst });
  }
}
