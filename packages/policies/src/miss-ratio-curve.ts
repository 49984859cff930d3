// What part of the requests would miss with another limit in bytes: for every limit at once, from the requests as they come.
//
// SHARDS (Waldspurger, Park, Garthwaite, Ahmad, "Efficient MRC Construction with SHARDS", FAST 2015): only keys whose hash
// falls below a threshold are followed, and what is found of them is scaled up. For those a stack of recency gives each
// request's reuse distance, the bytes of all keys used since the key's last use, itself included: an LRU cache of at least so
// many bytes would have had it. A histogram of the distances is the curve. Of the paper's variants this is the one of fixed
// size with the correction of counts ("SHARDS-adj": whether the hottest key is among the sampled must not matter).
//
// It differs from the paper in what a stream without end needs:
// - The stack ends at a horizon: what lies deeper is forgotten. Else keys that never come back would push the threshold to
//   nothing over the months; so it can rise as well.
// - The threshold halves, where the paper drops one key at a time by a priority queue: half of the samples for no queue.
// - Each key has the weight of the rate that it was sampled at (Horvitz, Thompson, 1952), so that a rate that changes leaves
//   no bias and needs no rescaling.
// - Counts halve after every so many samples: the curve follows the traffic.
// - A request after the entry's expiry is a miss at every size: memory is not to go where lifetimes are what ends entries.
//
// AET (Hu et al., ATC 2016) and Counter Stacks (Wires et al., OSDI 2014) need less memory or time a sample, but the first
// takes the traffic for stationary, and the second has no sizes.
//
// It models LRU. Of another policy it is an estimate: too low where that policy resists scans. It takes expired entries to
// stay until they are pushed out, and each key to have the size that it had last.
//
// Cost: a request that is not sampled, a multiplication, a comparison and a count; one that is, about 0.15 µs. Of a group of
// many keys that is one in hundreds; of one of hundreds one in two to four, all of them only while it is new or tiny.
// Memory: 122 KB, whatever the traffic.

import { POWERS_OF_2, RecencyStack } from './recency-stack.js';

/** The most keys followed. */
export const MAX_SAMPLES = 2048;

/** Keys to follow at the least, if there are so many within the horizon: while few requests are sampled, and while many are. */
const FEWEST = MAX_SAMPLES / 4;
const FEWEST_OF_MANY = MAX_SAMPLES / 16; // rough, but a small group that is asked all the time must not pay for it all the time
const CHEAP_SCALE = 2; // one request in four

const HALVE_AFTER = 16 * MAX_SAMPLES; // sampled requests; fewer would follow faster, and the noise too
const EVIDENCE = MAX_SAMPLES / 2; // sampled requests, before which there is no curve
const BUCKETS_AN_OCTAVE = 8; // a size is told from one 6 to 13 % larger, and in between it is a straight line
const BUCKETS = 53 * BUCKETS_AN_OCTAVE;
const SAMPLING = 0x85ebca6b; // odd, and not what the stack's own table multiplies by
const MAX_BYTES = 2 ** 32 - 1; // of one entry
const NEVER = Number.POSITIVE_INFINITY;

export interface CurvePoint {
  readonly bytes: number;
  /** 0 to 1. */
  readonly missRatio: number;
}

export class MissRatioCurve {
  readonly #stack = new RecencyStack(MAX_SAMPLES);
  /** Requests by reuse distance, each as many as it stands for. */
  readonly #hits = new Float64Array(BUCKETS);
  #requests = 0; // of late: decays with the counts
  #weight = 0; // what the sampled ones stand for: about the same number
  #sampled = 0; // since the last halving
  #all = 0;
  #isEvident = false;
  #scale = 0; // one key in 2^scale is sampled
  #keys = 1; // 2^scale
  #threshold = 2 ** 32;
  readonly #now: () => number;
  #horizonBytes: number;

  /**
   * @param horizonBytes the largest size of interest; larger ones get its answer.
   * @param now in any unit, monotonic. Read only where entries end.
   */
  constructor(horizonBytes: number, now: () => number) {
    this.#horizonBytes = horizonBytes;
    this.#now = now;
  }

  get horizonBytes(): number {
    return this.#horizonBytes;
  }

  set horizonBytes(bytes: number) {
    this.#horizonBytes = bytes;
    this.#trim();
  }

  /** Requests counted since the beginning; never decays. */
  get requests(): number {
    return this.#all;
  }

  /** Part of the keys that is followed at present, 0 to 1. */
  get sampleRate(): number {
    return 2 ** -this.#scale;
  }

  /** Enough has been seen for an answer. */
  get isEvident(): boolean {
    return this.#isEvident;
  }

  /** The key is among those that are followed. */
  follows(hash: number): boolean {
    return Math.imul(hash, SAMPLING) >>> 0 < this.#threshold;
  }

  /**
   * Counts a request. True: the key is among those that are followed, and {@link sample} wants to know more.
   * @param hash 32 bits of the key, signed or not, always the same for one key.
   */
  asked(hash: number): boolean {
    this.#all++;
    this.#requests++;
    return this.follows(hash);
  }

  /**
   * Takes in a request for a key that is followed.
   * @param bytes that the entry takes in the cache; 0: there is none at present, and what it took last is taken.
   * @param ttl until it ends, in the unit of `now`; `Infinity`: never. Without `bytes` it means nothing.
   */
  sample(hash: number, bytes: number, ttl: number): void {
    const stack = this.#stack;
    const at = stack.find(hash);
    if (at === 0) {
      this.#weight += this.#keys;
      if (bytes > 0) this.#push(hash, bytes, this.#endOf(ttl));
    } else {
      const keys = POWERS_OF_2[stack.scaleAt(at)]!;
      this.#weight += keys;
      let endsAt = stack.expiresAt(at);
      if (this.#isAhead(endsAt)) this.#hits[bucketOf(stack.depth(at))]! += keys;
      else if (bytes > 0) endsAt = this.#endOf(ttl);
      this.#lift(at, bytes > 0 ? bytes : stack.bytesAt(at), endsAt);
    }
    if (++this.#sampled === EVIDENCE) this.#isEvident = true;
    if (this.#sampled === HALVE_AFTER) this.#halve();
  }

  /**
   * An entry was stored: it comes to the top, and no request is counted.
   * @param isNewer it was written. Else it was loaded: a larger cache than this one may still have the entry of before, which
   * then ends when that one ends.
   */
  stored(hash: number, bytes: number, ttl: number, isNewer: boolean): void {
    if (!this.follows(hash)) return;
    const at = this.#stack.find(hash);
    if (at === 0) this.#push(hash, bytes, this.#endOf(ttl));
    else {
      const endsAt = this.#stack.expiresAt(at);
      this.#lift(at, bytes, isNewer || !this.#isAhead(endsAt) ? this.#endOf(ttl) : endsAt);
    }
  }

  /** The entry is no more, at whatever size: it was deleted. */
  deleted(hash: number): void {
    const at = this.follows(hash) ? this.#stack.find(hash) : 0;
    if (at !== 0) this.#stack.remove(at);
  }

  /** {@link deleted} for every key. */
  cleared(): void {
    this.#stack.filter(() => false, 0);
  }

  /** Part of the requests of late that would miss in an LRU cache of so many bytes, 0 to 1; before any request, 1. */
  missRatioAt(bytes: number): number {
    return 1 - this.#hitRatioAt(bytes);
  }

  /** Hits more for each request with one size than with another, -1 to 1. Negative where `toBytes` is the smaller. */
  hitsGained(fromBytes: number, toBytes: number): number {
    return this.#hitRatioAt(toBytes) - this.#hitRatioAt(fromBytes);
  }

  /** The curve for the eye: sizes in equal steps up to the horizon, which is the last. */
  curve(points: number): CurvePoint[] {
    return Array.from({ length: points }, (_, i) => {
      const bytes = (this.#horizonBytes * (i + 1)) / points;
      return { bytes, missRatio: this.missRatioAt(bytes) };
    });
  }

  /** The clock is read only where something ends. */
  #endOf(ttl: number): number {
    return ttl === NEVER ? NEVER : this.#now() + ttl;
  }

  #isAhead(moment: number): boolean {
    return moment === NEVER || this.#now() < moment;
  }

  #push(hash: number, bytes: number, endsAt: number): void {
    this.#stack.push(hash, whole(bytes), this.#scale, endsAt);
    while (this.#stack.size === MAX_SAMPLES) this.#sampleLess();
    this.#trim();
  }

  #lift(at: number, bytes: number, endsAt: number): void {
    this.#stack.lift(at, whole(bytes), this.#scale, endsAt);
    this.#trim();
  }

  #trim(): void {
    while (this.#stack.total > this.#horizonBytes && this.#stack.size > 1) {
      const oldest = this.#stack.oldest();
      const scale = this.#stack.scaleAt(oldest);
      this.#stack.remove(oldest);
      // Not before all that is in the stack was sampled at the present rate: it may not have filled up yet.
      if (scale === this.#scale && this.#stack.size < this.#fewest()) this.#sampleMore();
    }
  }

  #fewest(): number {
    return this.#scale > CHEAP_SCALE ? FEWEST : FEWEST_OF_MANY;
  }

  #sampleLess(): void {
    this.#setScale(this.#scale + 1);
    this.#stack.filter((hash) => this.follows(hash), this.#scale);
  }

  #sampleMore(): void {
    if (this.#scale > 0) this.#setScale(this.#scale - 1);
  }

  #setScale(scale: number): void {
    this.#scale = scale;
    this.#keys = 2 ** scale;
    this.#threshold = 2 ** (32 - scale);
  }

  #halve(): void {
    this.#sampled /= 2;
    this.#requests /= 2;
    this.#weight /= 2;
    for (let i = 0; i < BUCKETS; i++) this.#hits[i]! /= 2;
    const { size } = this.#stack;
    if (size < this.#fewest()) this.#sampleMore();
    else if (this.#scale < CHEAP_SCALE && size >= 2 * FEWEST_OF_MANY) this.#sampleLess();
  }

  #hitRatioAt(bytes: number): number {
    if (this.#requests === 0 || bytes < 1) return 0;
    const place = bytes < this.#horizonBytes ? placeOf(bytes) : BUCKETS;
    const bucket = Math.min(BUCKETS, Math.floor(place));
    let hits = 0;
    for (let i = 0; i < bucket; i++) hits += this.#hits[i]!;
    if (bucket < BUCKETS) hits += this.#hits[bucket]! * (place - bucket);
    // What the sample stands for beyond the requests there were, or short of them, is taken to be hits of the hottest keys.
    return Math.min(1, Math.max(0, (hits + this.#requests - this.#weight) / this.#requests));
  }
}

function bucketOf(distance: number): number {
  return Math.min(BUCKETS - 1, Math.floor(placeOf(distance)));
}

/** Buckets below this size and, as its fraction, how far it is into its own. Buckets of one octave are equally wide. */
function placeOf(bytes: number): number {
  const octave = bytes < 2 ** 31 ? 31 - Math.clz32(bytes) : 62 - Math.clz32(bytes / 2 ** 31);
  return (octave + bytes / POWERS_OF_2[octave]! - 1) * BUCKETS_AN_OCTAVE;
}

function whole(bytes: number): number {
  return Math.max(1, Math.min(MAX_BYTES, Math.ceil(bytes)));
}
