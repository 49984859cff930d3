import type { Clock } from '@ringcache/cache-core';

import { TokenBucket } from './token-bucket.js';

export interface Rate {
  /** Keys a second; 0: no limit. */
  readonly perSecond: number;
  /** Keys at once after a quiet time, 1 or more. Default: a second's. */
  readonly burst?: number | undefined;
}

export interface Rates {
  /** For each client: by its token where it sent one, else by its address. */
  readonly perClient: Rate;
  /** For each group; all clients together. */
  readonly perGroup: (group: string) => Rate;
}

export interface RateLimitsOptions extends Rates {
  readonly clock: Clock;
}

/**
 * Clients that are known at a time. Whoever comes new begins with a full bucket, so an address that is forgotten gets its
 * burst again; to gain by that somebody would need as many addresses as this.
 */
const MAX_CLIENTS = 10_000;

/** Token buckets for clients and groups. What is refused takes nothing from either. */
export class RateLimits {
  readonly #clock: Clock;
  #rates: Rates;
  readonly #clients = new Map<string, TokenBucket>(); // the least recently seen first
  readonly #groups = new Map<string, TokenBucket | undefined>();

  constructor({ clock, ...rates }: RateLimitsOptions) {
    this.#clock = clock;
    this.#rates = rates;
  }

  /** Puts other rates in force. Whose rate stays has what it has left of it; the others begin with a full bucket. */
  change(rates: Rates): void {
    const before = this.#rates;
    this.#rates = rates;
    if (!isSame(before.perClient, rates.perClient)) this.#clients.clear();
    for (const group of [...this.#groups.keys()]) {
      if (!isSame(before.perGroup(group), rates.perGroup(group))) this.#groups.delete(group);
    }
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
    const { perClient } = this.#rates;
    if (perClient.perSecond === 0) return undefined;
    const bucket = this.#clients.get(name) ?? this.#bucket(perClient);
    this.#clients.delete(name);
    this.#clients.set(name, bucket!);
    if (this.#clients.size > MAX_CLIENTS) this.#clients.delete(this.#clients.keys().next().value!);
    return bucket;
  }

  #group(name: string): TokenBucket | undefined {
    if (this.#groups.has(name)) return this.#groups.get(name);
    const bucket = this.#bucket(this.#rates.perGroup(name));
    if (bucket !== undefined) this.#groups.set(name, bucket); // only groups that have a rate, and so exist
    return bucket;
  }

  #bucket({ perSecond, burst = Math.max(1, perSecond) }: Rate): TokenBucket | undefined {
    if (perSecond === 0) return undefined;
    return new TokenBucket({ clock: this.#clock, ratePerSecond: perSecond, burst });
  }
}

function isSame(one: Rate, other: Rate): boolean {
  return one.perSecond === other.perSecond && one.burst === other.burst;
}
