// Groups with `warmRestart` are written to files when the node has left the ring, and taken in again by the process after it,
// in the background, once it is in the ring: before that it does not know what it owns. A file that is refused costs a line
// in the log and the loads that it would have saved.

import { setTimeout } from 'node:timers/promises';
import type { Group } from '@ringcache/cache-core';
import type { Logger } from '@ringcache/logger';

import { dumpPath, takeDump, writeDump } from './dump-file.js';

export interface WarmRestartsOptions {
  folder: string;
  groups: readonly Group[];
  logger: Logger;
  /** Whether this node is in the ring, and may keep what it owns. */
  isInRing: () => boolean;
}

const ASK_AGAIN_MS = 100; // whether it is in the ring
const SPARE_MS = 500; // of a shutdown's bound, for what comes after the dump

export class WarmRestarts {
  readonly #options: WarmRestartsOptions;
  readonly #stopping = new AbortController();
  readonly #restoring: Promise<void>;

  /** Begins to restore. */
  constructor(options: WarmRestartsOptions) {
    this.#options = options;
    this.#restoring = this.#restoreAll();
  }

  /** Ends what is still being restored; to be called before the node leaves. Never rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the node is leaving'));
    await this.#restoring;
  }

  /** Writes every group's dump; to be called when the node has left, and at once. Never rejects. */
  async dumpAll(signal: AbortSignal): Promise<void> {
    const { folder, groups, logger } = this.#options;
    // All at once: whether what a group holds was told of every write is known for a short time only.
    const dumps = groups.map((group) => ({ group, dump: group.dump(Date.now()) }));
    for (const { group, dump } of dumps) {
      const startedAt = performance.now();
      if (group.stats().entries === 0) continue; // a file of an earlier process, not taken yet, is better than an empty one
      try {
        const bytes = await writeDump(dumpPath(folder, group.name), dump, signal);
        logger.info('dumped', { group: group.name, bytes, ms: msSince(startedAt) });
      } catch (error) {
        const reason = signal.aborted ? 'shutdown.timeout leaves no more time' : (error as Error).message;
        logger.warn(`group ${group.name} is not dumped, and will start cold: ${reason}`);
      }
    }
  }

  async #restoreAll(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && !this.#options.isInRing()) await this.#pause();
    for (const group of this.#options.groups) if (!signal.aborted) await this.#restore(group);
  }

  async #restore(group: Group): Promise<void> {
    const { folder, logger } = this.#options;
    const startedAt = performance.now();
    try {
      await using dump = await takeDump(dumpPath(folder, group.name));
      if (dump === undefined) return;
      const options = { now: Date.now(), signal: this.#stopping.signal };
      const { entries, dumped, bytes, awayMs } = await group.restore(() => dump.read(), options);
      logger.info('restored', { group: group.name, entries, dumped, bytes, awayMs, ms: msSince(startedAt) });
    } catch (error) {
      logger.warn(`group ${group.name} starts cold: ${(error as Error).message}`);
    }
  }

  #pause(): Promise<void> {
    return setTimeout(ASK_AGAIN_MS, undefined, { signal: this.#stopping.signal }).catch(() => {}); // it is stopping
  }
}

/** For a shutdown that has begun now: until when dumps may be written. */
export function dumpBound(shutdownMs: number): AbortSignal {
  return AbortSignal.timeout(Math.max(shutdownMs - SPARE_MS, shutdownMs / 2));
}

function msSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
