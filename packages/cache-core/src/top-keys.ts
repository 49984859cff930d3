// The keys that are asked for most, by name. Popularity (popularity.ts) knows how often a key was asked for that it is shown, but
// not which keys there are; this keeps the names of the most popular ones.
//
// Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005):
// so many counters and no more; a key that has none takes the smallest one over, and with it its count as what it may owe to
// others. What is shown is a count without that debt, so that a key among millions of equals is not made a hot one.
//
// Counts fade with a time constant of a minute: what is left is about what came within the last one. Reads are sampled, so
// that hits cost no more than a counter: of few requests all are taken, of many as many as make some thousand samples a second.
// The distance from one sample to the next is drawn by lot; with a fixed one, a loop of 64 keys would show one of them.

import type { LimitReport } from './limit-report.js';

const KEYS = 1_024;
const LONGEST_KEY = 512; // characters: longer ones are not counted, or a thousand would take megabytes, here and in a message
const MOST_SAMPLES_A_SECOND = 1_000; // each some 2 µs: two thousandths of a core
const MOST_DISTANCE = 1_024;
const FADES_IN_S = 60;
const FORGOTTEN = 0.05; // of one request: three minutes after it

export interface CountedKey {
  readonly key: string;
  /** About how often it was asked for within the last minute. */
  readonly count: number;
}

export class TopKeys {
  readonly #places = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #counts = new Float64Array(KEYS);
  readonly #debts = new Float64Array(KEYS);
  #distance = 1; // on average, from one sampled read to the next
  #untilNext = 1;
  #samples = 0; // within this second
  #chance = 0x2545f491;

  limits(): LimitReport[] {
    return [{ name: 'top keys', size: this.#keys.length, limit: KEYS }];
  }

  /** On the way of every read. True: this one is to be told by {@link sample}. Cost: a decrement. */
  isSampled(): boolean {
    return --this.#untilNext <= 0;
  }

  /** A read of a key, and those between it and the sample before. */
  sample(key: string): void {
    if (key.length <= LONGEST_KEY) this.#count(key, this.#distance);
    this.#samples++;
    // A burst within a second must not cost more than many of them.
    if (this.#samples >= 2 * MOST_SAMPLES_A_SECOND && this.#distance < MOST_DISTANCE) {
      this.#distance *= 2;
      this.#samples = MOST_SAMPLES_A_SECOND;
    }
    this.#draw();
  }

  /** To be called about once a second: counts fade, and the distance of samples follows the traffic. */
  tick(): void {
    if (this.#samples < MOST_SAMPLES_A_SECOND / 2 && this.#distance > 1) this.#distance /= 2;
    this.#samples = 0;
    if (this.#untilNext > 2 * this.#distance) this.#untilNext = 1;
    const kept = Math.exp(-1 / FADES_IN_S);
    for (let place = this.#keys.length - 1; place >= 0; place--) {
      this.#counts[place]! *= kept;
      this.#debts[place]! *= kept;
      if (this.#counts[place]! < FORGOTTEN) this.#remove(place);
    }
  }

  /** The most popular first. @param limit at most so many. Cost: a sort of a thousand. */
  top(limit: number): CountedKey[] {
    return this.#keys
      .map((key, place) => ({ key, count: this.#counts[place]! - this.#debts[place]! }))
      .sort((a, b) => b.count - a.count)
      .slice(0, limit);
  }

  clear(): void {
    this.#places.clear();
    this.#keys.length = 0;
  }

  /** From 1 to twice the distance less one, each as likely: on average the distance. By xorshift (Marsaglia, 2003). */
  #draw(): void {
    let x = this.#chance;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#chance = x;
    this.#untilNext = 1 + ((x >>> 0) % (2 * this.#distance - 1));
  }

  #count(key: string, weight: number): void {
    const place = this.#places.get(key);
    if (place !== undefined) this.#counts[place]! += weight;
    else if (this.#keys.length < KEYS) this.#put(this.#keys.length, key, weight, 0);
    else this.#takeOver(key, weight);
  }

  #takeOver(key: string, weight: number): void {
    const counts = this.#counts;
    let least = 0;
    for (let place = 1; place < KEYS; place++) if (counts[place]! < counts[least]!) least = place;
    this.#places.delete(this.#keys[least]!);
    this.#put(least, key, counts[least]! + weight, counts[least]!);
  }

  #put(place: number, key: string, count: number, debt: number): void {
    this.#places.set(key, place);
    this.#keys[place] = key;
    this.#counts[place] = count;
    this.#debts[place] = debt;
  }

  /** The last one takes its place. */
  #remove(place: number): void {
    this.#places.delete(this.#keys[place]!);
    const last = this.#keys.length - 1;
    const key = this.#keys[last]!;
    this.#keys.length = last;
    if (place !== last) this.#put(place, key, this.#counts[last]!, this.#debts[last]!);
  }
}
