// Lists of members that others keep, as DNS and Kubernetes do: each node, and each client, gets each list in its turn, at a time of
// its own.

import type { Member } from '@ringcache/cache-core';
import type { ManualClock, ProcessClock } from '@ringcache/cache-core/testing';
import { type StaticDiscovery, staticDiscovery } from '@ringcache/discovery';

const LATEST_MS = 1_000;

export class Lists {
  readonly #members: readonly Member[];
  readonly #clock: ManualClock;
  readonly #random: () => number;
  readonly #isMoving: boolean;
  readonly #running = new Set<number>();
  readonly #readers = new Map<
    string,
    { readonly clock: ProcessClock; readonly list: StaticDiscovery; lastAt: number }
  >();

  constructor(members: readonly Member[], clock: ManualClock, random: () => number, kind: 'static' | 'moving') {
    this.#members = members;
    this.#clock = clock;
    this.#random = random;
    this.#isMoving = kind === 'moving';
    if (kind === 'static') for (const i of members.keys()) this.#running.add(i);
  }

  /** The list as a node's process reads it. */
  of(node: number, clock: ProcessClock): StaticDiscovery {
    return this.#reader(`node ${node}`, clock);
  }

  ofClient(client: number, clock: ProcessClock): StaticDiscovery {
    return this.#reader(`client ${client}`, clock);
  }

  add(node: number): void {
    if (!this.#isMoving) return;
    this.#running.add(node);
    this.#changed();
  }

  remove(node: number): void {
    if (!this.#isMoving) return;
    this.#running.delete(node);
    this.#changed();
  }

  #reader(name: string, clock: ProcessClock): StaticDiscovery {
    const list = staticDiscovery(this.#now());
    this.#readers.set(name, { clock, list, lastAt: 0 }); // another process takes the place of the one before
    return list;
  }

  #now(): Member[] {
    return [...this.#running].sort((a, b) => a - b).map((i) => this.#members[i]!);
  }

  #changed(): void {
    const members = this.#now();
    for (const reader of this.#readers.values()) {
      // In their order: by the world's clock, as the list is kept elsewhere.
      reader.lastAt = Math.max(reader.lastAt, this.#clock.now() + this.#random() * LATEST_MS);
      this.#clock.setTimeout(
        () => reader.clock.isAlive && reader.list.update(members),
        reader.lastAt - this.#clock.now(),
      );
    }
  }
}
