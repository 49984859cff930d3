import type { Member } from '@ringcache/cache-core';
import type { Discovery, Snapshot } from '../discovery.js';

/** All that a discovery says, written down as it comes. */
export class SnapshotLog {
  readonly seen: Snapshot[] = [];
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #changed: () => void = () => {};

  constructor(discovery: Pick<Discovery, 'watch'>) {
    this.#done = this.#read(discovery.watch(this.#abort.signal));
  }

  /** Ids in the last list, joined by spaces, with ' (stale)' behind; undefined: no list yet. */
  get last(): string | undefined {
    const snapshot = this.seen.at(-1);
    return snapshot && described(snapshot);
  }

  get all(): string[] {
    return this.seen.map(described);
  }

  /** Resolves once the last snapshot, as {@link last} words it, is this one. The test's own limit ends the wait. */
  async until(wanted: string): Promise<void> {
    while (this.last !== wanted) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Resolves when the discovery has ended the list, whoever asked for it. */
  ended(): Promise<void> {
    return this.#done;
  }

  stop(): Promise<void> {
    this.#abort.abort();
    return this.#done;
  }

  async #read(snapshots: AsyncIterable<Snapshot>): Promise<void> {
    for await (const snapshot of snapshots) {
      this.seen.push(snapshot);
      this.#changed();
    }
  }
}

export function memberOf(id: string): Member {
  return { id, grpc: `${id}.test:9999`, http: '', weight: 1 };
}

function described({ members, stale }: Snapshot): string {
  return members.map(({ id }) => id).join(' ') + (stale ? ' (stale)' : '');
}
