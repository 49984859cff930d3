// A group that begins with what its node held before the process was restarted: main as a stream at the end, and back.
//
// A node that is away is told of no write. What it brings back may be older than what others were answered meanwhile, which
// is against what writes promise of every member. So a group does this only where it is asked to (`warmRestart`): for values
// that do not change, or that may be as old as their time to live says.
//
// No more than the time away is given up. What was written, or loaded, since this process began is newer than any dump: such
// a key is left as it is. And the dump is read twice, first to its end to see whether it is whole: nothing of a damaged one
// is ever held.

import { DumpError, type DumpInfo, type DumpRecord, dumpEntries, loadEntries, verifyDump } from '@ringcache/engine';

import { ChangedKeys } from './changed-keys.js';
import { CacheError } from './errors.js';
import type { GroupState } from './group-state.js';
import type { LimitReport } from './limit-report.js';

export interface RestoreOptions {
  /** The wall clock, in ms since 1970: what has passed since the dump is taken off the lives of its entries. */
  now: number;
  /** Gives up; what is restored by then stays. */
  signal?: AbortSignal | undefined;
}

/** What came of a dump. */
export interface Restored {
  /** How many entries are held again. */
  readonly entries: number;
  /** How many it had. */
  readonly dumped: number;
  readonly bytes: number;
  /** From the dump until now, in ms. */
  readonly awayMs: number;
}

const CLOCK_STEP_MS = 1_000; // by so much a clock may have been set back; by more, nobody knows how long the node was away

export class WarmRestart {
  readonly #state: GroupState;
  readonly #changed = new ChangedKeys(); // since this process began
  #isOver = false;

  constructor(state: GroupState) {
    this.#state = state;
  }

  limits(): LimitReport[] {
    return this.#changed.limits('keys changed since the start');
  }

  /** Takes note of a change of the key. */
  changed(key: string): void {
    if (!this.#isOver) this.#changed.add(key);
  }

  /** {@link changed} for every key. */
  cleared(): void {
    if (!this.#isOver) this.#changed.addAll();
  }

  /** @param savedAt the wall clock, in ms since 1970. */
  dump(savedAt: number): AsyncGenerator<Uint8Array, void> {
    return dumpEntries(this.#state.holdings.owned(), { name: this.#state.name, savedAt });
  }

  /** @throws {CacheError} `invalid_argument`, `unavailable`; and what the stream, or the signal, throws. */
  async restore(open: () => AsyncIterable<Uint8Array>, { now, signal }: RestoreOptions): Promise<Restored> {
    const { peers } = this.#state;
    const { epoch, isolations } = peers.ownership;
    if (this.#isOver) throw new CacheError('invalid_argument', 'a group is restored once');
    if (!peers.mayAct || !peers.isActive)
      throw new CacheError(
        'unavailable',
        'cannot restore yet: this member does not act in the ring; try again once it does',
      );
    const startedAt = this.#state.clock.now();
    try {
      const info = await this.#verified(until(signal, open()), now);
      const awayMs = Math.max(0, now - info.savedAt);
      const { evicted } = this.#state.holdings.main.removals;
      let entries = 0;
      for await (const records of loadEntries(until(signal, open()))) {
        const elapsedMs = awayMs + this.#state.clock.now() - startedAt;
        for (const record of records) if (this.#keep(record, elapsedMs, epoch)) entries++;
        // It is full, or this member was isolated: what is in it by now is of more use, or has to be loaded.
        if (this.#state.holdings.main.removals.evicted > evicted || peers.ownership.isolations !== isolations) break;
      }
      return { entries, dumped: info.entries, bytes: info.bytes, awayMs };
    } finally {
      this.#isOver = true;
      this.#changed.forget();
    }
  }

  async #verified(stream: AsyncIterable<Uint8Array>, now: number): Promise<DumpInfo> {
    const info = await verifyDump(stream).catch((error: unknown) => {
      throw error instanceof DumpError ? CacheError.from(error, 'invalid_argument') : error;
    });
    if (info.name !== this.#state.name) {
      throw new CacheError('invalid_argument', `the dump is of the group ${JSON.stringify(info.name)}`);
    }
    if (info.savedAt - now > CLOCK_STEP_MS || Number.isNaN(info.savedAt)) {
      throw new CacheError('invalid_argument', 'the dump is of a time to come: how old its values are is not known');
    }
    return info;
  }

  #keep({ key, value, version, ttlMs }: DumpRecord, elapsedMs: number, epoch: number): boolean {
    const { holdings, peers, limits } = this.#state;
    if (ttlMs <= elapsedMs || value.byteLength > limits.maxValueBytes || this.#changed.has(key)) return false;
    if (!peers.owns(key) || holdings.locate(key) !== undefined) return false;
    return holdings.keep('main', key, value, version, ttlMs - elapsedMs, epoch);
  }
}

async function* until(signal: AbortSignal | undefined, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) {
    signal?.throwIfAborted();
    yield piece;
  }
}
