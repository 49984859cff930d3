// Miniatures of a W-TinyLFU cache, each with another balance, on a sample of the keys; and which of them hits most of late.
//
// They are so small that one table holds whatever keys any of them holds. All share a sketch, as what was asked for is
// the same for all.
//
// Cost: a look-up and a step in each miniature, some 100 ns each, for a request that is sampled: one in 32 at a thousand
// entries, one in 256 from 8,192 up. Memory: 8 kB at a thousand entries, 120 kB from 131,072 up.

import { FrequencySketch } from './frequency-sketch.js';
import { MiniCaches } from './mini-caches.js';
import { MiniTable } from './mini-table.js';
import type { Balance } from './tiny-lfu-rules.js';

/**
 * From frequency to recency, and one that lets in what comes back at all. Chosen on 81 pairs of a recorded trace and a size:
 * two more gained nothing; without the first, which is for loops, the mean hit ratio is 1.5 points lower.
 */
export const BALANCES: readonly Balance[] = [
  { window: 0.01, handicap: 1 },
  { window: 0.01, handicap: -2 },
  { window: 0.05, handicap: 0 },
  { window: 0.3, handicap: 0 },
  { window: 1, handicap: 0 },
];
const FEWEST_ENTRIES = 32; // of a miniature: with 16 the mean hit ratio of real traces falls by 0.1 points
const SAMPLED = 1 / 256; // of the requests, where that makes no smaller miniatures
const MOST_ENTRIES = 512; // where it would make larger ones: with 128, a cache of a million entries learns half as fast
const HORIZON = 40; // sampled requests for each entry, until what was counted counts half: longer than loops are
const LEAD = 0.002; // of the requests, and one hit: more than chance
const DECISIONS = 8; // while as many requests are sampled as a miniature has entries,
const FEWEST_WAITING = 16; // but not sooner: a batch takes half the time that its requests take one by one
const FIT = 2; // the cache may be so many times larger or smaller than what the miniatures were made for

export class Miniatures {
  readonly #madeFor: number;
  /** Hashes below it, mixed, are sampled; 2^32: all. */
  readonly #sampledBelow: number;
  readonly #entries: number;
  readonly #sketch: FrequencySketch;
  readonly #caches: MiniCaches;
  readonly #table: MiniTable;
  /** In how many miniatures an entry is. */
  readonly #holders: Uint8Array;
  /** Sampled, and not yet told to the miniatures: together they go twice as fast, while memory is near. */
  readonly #waiting: Int32Array;
  #waitingCount = 0;
  readonly #hits = new Float64Array(BALANCES.length);
  #requests = 0;
  #current: number;

  /**
   * @param capacity of the cache, in entries.
   * @param balance that the cache has now, one of BALANCES; left out: the first.
   */
  constructor(capacity: number, balance: Balance = BALANCES[0]!) {
    const rate = sampleRate(capacity);
    this.#madeFor = capacity;
    this.#sampledBelow = rate * 2 ** 32;
    this.#entries = Math.max(1, Math.round(rate * capacity));
    this.#waiting = new Int32Array(Math.max(FEWEST_WAITING, Math.round(this.#entries / DECISIONS)));
    this.#sketch = new FrequencySketch(this.#entries);
    const most = BALANCES.length * this.#entries + 1; // if no two held the same key, and one that comes in
    this.#caches = new MiniCaches(this.#sketch, BALANCES, this.#entries, most);
    this.#table = new MiniTable(most);
    this.#holders = new Uint8Array(most + 1);
    this.#current = BALANCES.indexOf(balance);
  }

  /** That has proved best. */
  get balance(): Balance {
    return BALANCES[this.#current]!;
  }

  /** What {@link balance} is, and what the miniatures have hit with it and with the others, in a sentence. */
  describe(): string {
    const { window, handicap } = this.balance;
    const chosen = `a window of ${percent(window)} of the entries, handicap ${handicap}`;
    if (this.#requests === 0) return `${chosen}: nothing has been seen yet`;
    const ratios = Array.from(this.#hits, (hits) => hits / this.#requests);
    const others = ratios.filter((_, i) => i !== this.#current);
    const [least, most] = [Math.min(...others), Math.max(...others)].map(percent);
    const seen = `of ${Math.round(this.#requests)} sampled requests of late it would hit ${percent(ratios[this.#current]!)}`;
    return `${chosen}: ${seen}, the ${others.length} others ${least === most ? most : `${least} to ${most}`}`;
  }

  /** Whether they were made for a cache of about this size. */
  fits(capacity: number): boolean {
    return capacity <= FIT * this.#madeFor && FIT * capacity >= this.#madeFor;
  }

  /** Whether requests for the key are to be told. */
  samples(keyHash: number): boolean {
    return spread(keyHash) >>> 0 < this.#sampledBelow;
  }

  /** A request for a key that is sampled. True: {@link balance} has changed. */
  requested(keyHash: number): boolean {
    this.#waiting[this.#waitingCount++] = keyHash;
    if (this.#waitingCount < this.#waiting.length) return false;
    this.#waitingCount = 0;
    for (let i = 0; i < this.#waiting.length; i++) this.#request(this.#waiting[i]!);
    return this.#decide();
  }

  #request(keyHash: number): void {
    this.#sketch.increment(keyHash);
    const entry = this.#table.entryOf(keyHash);
    for (let cache = 0; cache < BALANCES.length; cache++) {
      if (this.#caches.has(cache, entry)) {
        this.#hits[cache]!++;
        this.#caches.read(cache, entry);
      } else this.#add(cache, entry);
    }
    this.#requests++;
  }

  /** The newcomer always stays for now: a window holds an entry at least. */
  #add(cache: number, entry: number): void {
    this.#holders[entry]!++;
    const victim = this.#caches.add(cache, entry, this.#table.hashes);
    if (victim !== 0 && --this.#holders[victim]! === 0) this.#table.remove(victim);
  }

  #decide(): boolean {
    let best = 0;
    for (let i = 1; i < BALANCES.length; i++) if (this.#hits[i]! > this.#hits[best]!) best = i;
    const isBetter = this.#hits[best]! - this.#hits[this.#current]! > LEAD * this.#requests + 1;
    if (isBetter) this.#current = best;
    if (this.#requests >= HORIZON * this.#entries) {
      this.#requests /= 2;
      for (let i = 0; i < BALANCES.length; i++) this.#hits[i]! /= 2;
    }
    return isBetter;
  }
}

/** Of the requests, 0 to 1. */
function sampleRate(capacity: number): number {
  const entries = Math.min(MOST_ENTRIES, Math.max(FEWEST_ENTRIES, SAMPLED * capacity));
  return Math.min(1, entries / capacity);
}

/** A hash of the hash, so that what is sampled says nothing of where a key lies in the sketch. */
function spread(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
