import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loop } from './fixtures/streams.js';
import { FrequencySketch } from './frequency-sketch.js';

const hashOf = (key: number) => Math.imul(key + 1, 0x9e3779b1);

test('a count is never too low, stops at 15, and is right where a key has a counter of its own', () => {
  const keys = fc.array(fc.nat(60), { maxLength: 600, size: 'max' });
  fc.assert(
    fc.property(keys, (asked) => {
      const roomy = new FrequencySketch(4_096);
      const crowded = new FrequencySketch(64); // 61 keys, 640 increments until it ages
      const counts = new Map<number, number>();
      for (const key of asked) {
        roomy.increment(hashOf(key));
        crowded.increment(hashOf(key));
        counts.set(key, Math.min(15, (counts.get(key) ?? 0) + 1));
      }
      for (const [key, count] of counts) {
        assert.equal(roomy.frequency(hashOf(key)), count);
        assert(crowded.frequency(hashOf(key)) >= count);
      }
    }),
  );
});

test('a hash is the same, signed or not', () => {
  const sketch = new FrequencySketch(8);
  sketch.increment(-5);
  expect(sketch.frequency(-5 >>> 0)).toBe(1);
});

test('after ten increments an entry all counts are halved at once, though the sweep takes longer', () => {
  const entries = 65_536; // 8,192 blocks, 2,048 increments to sweep them
  const sketch = new FrequencySketch(entries);
  const watched = Array.from({ length: 1_000 }, (_, i) => hashOf(i));
  for (const hash of watched) for (let i = 0; i < 12; i++) sketch.increment(hash);
  const other = hashOf(5_000_000);
  for (let i = 12_000; i < 10 * entries; i++) sketch.increment(other);
  const counts = () => new Set(watched.map((hash) => sketch.frequency(hash)));
  expect(counts()).toEqual(new Set([12]));
  sketch.increment(other);
  expect(counts()).toEqual(new Set([6]));
  for (const hash of watched) sketch.increment(hash); // half the sweep, so on both sides of it
  expect(counts()).toEqual(new Set([7]));
  for (let i = 0; i < 2_000; i++) sketch.increment(other);
  expect(counts()).toEqual(new Set([7]));
});

test('over many periods counts are those of a naive count that is halved as often', () => {
  const entries = 50;
  const sketch = new FrequencySketch(2_000); // roomy
  sketch.resize(entries); // and ageing soon
  const counts = new Map<number, number>();
  let sinceAged = 0;
  for (const key of [...loop(3_000, 100), ...loop(3_000, 170), ...loop(3_000, 90)]) {
    if (++sinceAged > 10 * entries) {
      for (const [each, count] of counts) counts.set(each, count >>> 1);
      sinceAged = 0;
    }
    counts.set(key, (counts.get(key) ?? 0) + 1);
    sketch.increment(hashOf(key));
    assert.equal(sketch.frequency(hashOf(key)), counts.get(key));
  }
  for (const [key, count] of counts) assert.equal(sketch.frequency(hashOf(key)), count);
});

test('what is known of keys is still known when it grows, in the midst of a sweep too', () => {
  const sketch = new FrequencySketch(1_024);
  const watched = Array.from({ length: 50 }, (_, i) => hashOf(i));
  for (const hash of watched) for (let i = 0; i < 8; i++) sketch.increment(hash);
  for (let i = 400; i < 10_240; i++) sketch.increment(hashOf(99));
  sketch.increment(hashOf(99)); // the sweep has begun
  sketch.resize(5_000);
  expect(watched.map((hash) => sketch.frequency(hash))).toEqual(watched.map(() => 4));
  sketch.resize(10); // never shrinks, and ages faster
  for (let i = 0; i < 101; i++) sketch.increment(hashOf(99));
  expect(sketch.frequency(watched[0]!)).toBe(2);
});
