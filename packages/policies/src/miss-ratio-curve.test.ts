import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loop, scans, zipf } from './fixtures/streams.js';
import { MAX_SAMPLES, MissRatioCurve } from './miss-ratio-curve.js';

const MEAN_ERROR = 0.025; // of the curve, over forty sizes: what is stated of it
const SIZES = 40;
const NEVER = Number.POSITIVE_INFINITY;

/** The time of every curve here. */
let now = 0;

function made(horizonBytes: number): MissRatioCurve {
  return new MissRatioCurve(horizonBytes, () => now);
}

function request(curve: MissRatioCurve, hash: number, bytes: number, ttl = NEVER): void {
  if (curve.asked(hash)) curve.sample(hash, bytes, ttl);
}

/** The finaliser of MurmurHash3: what a cache's hash would be like. */
function hashOf(key: number, seed = 0): number {
  let hash = Math.imul(key + 1, 0x9e3779b1) ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

const SIZE_OF = Array.from({ length: 20_000 }, (_, key) => 64 + (hashOf(key, 77) >>> 20)); // up to 4,159

function sizeOf(key: number): number {
  return SIZE_OF[key]!;
}

/** The curve from its definition: a row of all keys by recency, and each request's depth in it. */
function exactMissRatio(stream: readonly number[]): (bytes: number) => number {
  const row: number[] = []; // the latest last
  const sizes = SIZE_OF;
  const distances: number[] = [];
  for (const key of stream) {
    let distance = 0;
    let at = row.length - 1;
    for (; at >= 0; at--) {
      distance += sizes[row[at]!]!;
      if (row[at] === key) break;
    }
    if (at >= 0) {
      row.splice(at, 1);
      distances.push(distance);
    }
    row.push(key);
  }
  return (bytes) => 1 - distances.filter((distance) => distance <= bytes).length / stream.length;
}

function curveOf(stream: readonly number[], horizonBytes: number, seed = 0): MissRatioCurve {
  const curve = made(horizonBytes);
  for (const key of stream) request(curve, hashOf(key, seed), sizeOf(key));
  return curve;
}

const REQUESTS = 15_000;
const KEYS = 6_000; // three times what is sampled
const zipfAndLoop = zipf(REQUESTS, KEYS, 1).map((key, i) => (i % 10 < 7 ? key : KEYS + (i % 3_000)));

describe('the curve', () => {
  test.each([
    ['popular keys', zipf(REQUESTS, KEYS, 1)],
    ['popular keys and a loop', zipfAndLoop],
    ['popular keys and scans', scans(REQUESTS, { keys: KEYS, period: 5_000, length: 1_000, seed: 2 })],
    ['few keys, all of them sampled', zipf(REQUESTS, 500, 3)],
  ])('of %s is that of exact stack distances, within 2.5 points in the mean', (_, stream) => {
    const bytes = [...new Set(stream)].reduce((sum, key) => sum + sizeOf(key), 0);
    const exact = exactMissRatio(stream);
    const sizes = Array.from({ length: SIZES }, (_, i) => (bytes * (i + 1)) / SIZES);
    const wanted = sizes.map(exact);
    for (const seed of [1, 2]) {
      const curve = curveOf(stream, bytes, seed);
      const errors = sizes.map((size, i) => Math.abs(curve.missRatioAt(size) - wanted[i]!));
      expect(errors.reduce((sum, error) => sum + error) / SIZES).toBeLessThan(MEAN_ERROR);
    }
  });

  test.each([100, 5_000])('of a loop of %d keys falls where the loop fits, within a tenth', (keys) => {
    const stream = loop(20 * keys, keys);
    const bytes = stream.slice(0, keys).reduce((sum, key) => sum + sizeOf(key), 0);
    const curve = curveOf(stream, 4 * bytes);
    const [small, large] = [0.9 * bytes, 1.1 * bytes];
    expect(curve.missRatioAt(small)).toBeGreaterThan(0.99);
    expect(curve.missRatioAt(large)).toBeLessThan(0.06); // each key's first request
    expect(curve.hitsGained(small, large)).toBeGreaterThan(0.93);
    expect(curve.hitsGained(large, small)).toBe(-curve.hitsGained(small, large));
  });

  test('never rises with the size, stays from 0 to 1, and ends at the horizon', () => {
    const streams = fc.array(fc.record({ key: fc.nat(50), bytes: fc.integer({ min: 0, max: 300 }) }), {
      maxLength: 500,
      size: 'max',
    });
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 5_000 }), (stream, horizon) => {
        const curve = made(horizon);
        for (const { key, bytes } of stream) request(curve, hashOf(key), bytes);
        const ratios = [0, ...curve.curve(20).map(({ bytes }) => bytes)].map((bytes) => curve.missRatioAt(bytes));
        expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
        expect(ratios.every((ratio) => ratio >= 0 && ratio <= 1)).toBe(true);
        expect(curve.missRatioAt(100 * horizon)).toBe(ratios.at(-1));
      }),
      { numRuns: 30 },
    );
  });

  test('says nothing for certain before it has seen enough', () => {
    const curve = curveOf(loop(100, 10), 1_000_000);
    expect([curve.isEvident, curve.requests]).toEqual([false, 100]);
    for (const key of loop(2_000, 10)) request(curve, hashOf(key), 1);
    expect([curve.isEvident, curve.requests]).toEqual([true, 2_100]);
  });

  test('follows the traffic when it changes', () => {
    const few = loop(10_000, 50);
    const many = Array.from({ length: 100_000 }, (_, i) => 1_000 + (i % 500));
    const curve = made(1_000);
    for (const key of few) request(curve, hashOf(key), 1);
    expect(curve.missRatioAt(100)).toBeLessThan(0.01);
    for (const key of many) request(curve, hashOf(key), 1);
    expect(curve.missRatioAt(100)).toBeGreaterThan(0.95);
    expect(curve.missRatioAt(1_000)).toBeLessThan(0.05);
  });

  test('takes a request after the end of an entry for a miss, whatever the size', () => {
    const curve = made(1_000);
    for (now = 0; now < 10_000; now++) request(curve, 1, 10, 5);
    expect(curve.missRatioAt(1_000)).toBeCloseTo(1 / 5, 2);
  });

  test('takes what is loaded again for as old as a larger cache has it, and what is written for new', () => {
    const ratios = [false, true].map((isNewer) => {
      const curve = made(1_000);
      for (now = 0; now < 10_000; now++) {
        request(curve, 1, 0); // never held here: too small a cache
        curve.stored(1, 10, 5, isNewer);
      }
      return curve.missRatioAt(1_000);
    });
    expect(ratios[0]).toBeCloseTo(1 / 5, 2);
    expect(ratios[1]).toBeCloseTo(0, 2);
  });

  test('takes a request after a delete for a miss, and one after a write for a hit', () => {
    const [deleting, clearing, writing] = [made(1_000), made(1_000), made(1_000)];
    for (let i = 0; i < 5_000; i++) {
      request(deleting, 1, 10);
      if (i % 2 === 0) deleting.deleted(1);
      request(clearing, 1, 10);
      clearing.cleared();
      writing.stored(i, 10, NEVER, true);
      request(writing, i, 10);
    }
    const ratios = [deleting, clearing, writing].map((curve) => curve.missRatioAt(500));
    [0.5, 1, 0].forEach((wanted, i) => {
      expect(ratios[i]).toBeCloseTo(wanted, 3);
    });
  });

  test('knows the size of an entry that is gone, and keeps no place for one that never was', () => {
    const curve = made(1_000);
    curve.stored(1, 300, NEVER, false);
    for (let i = 0; i < 1_000; i++) {
      request(curve, 1, 0); // not held here: too small a cache
      request(curve, 2, 0); // nobody ever stored it
    }
    expect(curve.missRatioAt(250)).toBe(1);
    expect(curve.missRatioAt(350)).toBeCloseTo(0.5, 2);
  });
});

describe('the sample', () => {
  test('is bounded, and is not used up by keys that never come again', () => {
    const curve = made(10_000);
    const rates = new Set<number>();
    for (let i = 0; i < 100_000; i++) {
      request(curve, hashOf(i), 1);
      if (i % 1_000 === 0) rates.add(curve.sampleRate);
    }
    const kept = 10_000 * curve.sampleRate; // keys within the horizon
    expect(kept).toBeGreaterThanOrEqual(MAX_SAMPLES / 4);
    expect(kept).toBeLessThanOrEqual(MAX_SAMPLES);
    expect(rates.size).toBeLessThanOrEqual(5); // it does not go to and fro
  });

  test('of few keys that are asked often is a part of the requests, and the curve is about the same', () => {
    const [often, seldom] = [made(2_000), made(2_000)];
    for (const key of zipf(70_000, 1_000, 4)) request(often, hashOf(key), 1);
    for (const key of zipf(30_000, 1_000, 4)) request(seldom, hashOf(key), 1);
    expect([often.sampleRate, seldom.sampleRate]).toEqual([1 / 4, 1]);
    for (const size of [100, 300, 900]) {
      expect(Math.abs(often.missRatioAt(size) - seldom.missRatioAt(size))).toBeLessThan(0.05);
    }
  });

  test('grows again when entries become large', () => {
    const curve = made(1_000_000);
    for (let i = 0; i < 80_000; i++) request(curve, hashOf(i), 10);
    const before = curve.sampleRate;
    for (let i = 0; i < 60_000; i++) request(curve, hashOf(i), 1_000);
    expect(before).toBeLessThan(1 / 32);
    expect(curve.sampleRate).toBeGreaterThanOrEqual(1 / 4);
  });

  test('of a changing rate leaves the curve as it is', () => {
    const keys = 4_000;
    const curve = made(keys);
    for (let i = 0; i < 60_000; i++) request(curve, hashOf(i % keys), 1 / 2); // rounded up: 1 byte
    const rate = curve.sampleRate;
    for (let i = 0; i < 150_000; i++) request(curve, hashOf(keys + (i % 100)), 40);
    expect(curve.sampleRate).toBeGreaterThan(rate);
    expect(curve.missRatioAt(3_600)).toBeGreaterThan(0.95);
    expect(curve.missRatioAt(4_000 * 1.1)).toBeLessThan(0.05);
  });
});
