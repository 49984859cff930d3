import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';

import { entriesContract } from './entries.contract.js';
import { ABSENT } from './entries.js';
import { hashBytes } from './key-hash.js';
import { SlabEntries } from './slab-entries.js';

entriesContract('SlabEntries', (options) => new SlabEntries(options));
entriesContract(
  'SlabEntries with the smallest segments',
  (options) => new SlabEntries({ ...options, maxBytes: 1 }),
  50,
);

const SMALLEST_SEGMENT = 4096;
const SEGMENT_OBJECT_BYTES = 450;
const FIXED_BYTES = 50 * SMALLEST_SEGMENT; // part-filled segments, whose number doesn't grow with the cache

/** Integers below n that look random and are the same each time (xorshift). */
function numbers(seed: number): (n: number) => number {
  let x = seed;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

const NOISE = Uint8Array.from({ length: 2 ** 16 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);

/** So many bytes, from 0 to 32 KiB, that look like no other seed's. */
function bytes(length: number, seed: number): Uint8Array {
  const start = (seed * 7) % (NOISE.length / 2);
  return NOISE.slice(start, start + length);
}

/** Entries beside a Map, and what they count. */
class Played {
  readonly entries = new SlabEntries({ maxBytes: 1 });
  readonly #model = new Map<string, Uint8Array>();
  #counted = 0;

  get size(): number {
    return this.#model.size;
  }

  put(key: string, value: Uint8Array): void {
    const { entries } = this;
    const held = this.#model.get(key);
    const slot = entries.find(key);
    assert.equal(slot !== 0, held !== undefined);
    if (held === undefined) entries.add(key, value);
    else {
      this.#counted -= entries.bytesOf(key, held);
      entries.replace(slot, value);
    }
    this.#counted += entries.bytesOf(key, value);
    this.#model.set(key, value);
  }

  remove(key: string): void {
    const held = this.#model.get(key);
    if (held === undefined) return;
    this.entries.remove(this.entries.find(key));
    this.#counted -= this.entries.bytesOf(key, held);
    this.#model.delete(key);
  }

  checkBound(): void {
    const segments = this.entries.heldBytes / SMALLEST_SEGMENT;
    const held = segments * (SMALLEST_SEGMENT + SEGMENT_OBJECT_BYTES);
    if (held > this.#counted + FIXED_BYTES) assert.fail(`${held} held, ${this.#counted} counted`);
  }

  check(): void {
    assert.equal(this.entries.size, this.#model.size);
    for (const [key, value] of this.#model) {
      const slot = this.entries.find(key);
      assert.equal(this.entries.keyAt(slot), key);
      if (value === ABSENT) assert.equal(this.entries.valueAt(slot), ABSENT);
      else assert.equal(Buffer.compare(this.entries.valueAt(slot), value), 0);
    }
    this.checkBound();
  }
}

describe('over a hundred thousand steps', () => {
  test('every entry stays whole and what is held stays counted, while sizes shift and long records come and go', () => {
    const played = new Played();
    const random = numbers(1);
    const steps = 100_000;
    for (let step = 0; step < steps; step++) {
      const key = `${'k'.repeat(random(30))}${random(3000)}`;
      const most = random(100) === 0 ? 20_000 : 20 + Math.floor((step / steps) * 500);
      if (random(5) < 2) played.remove(key);
      else played.put(key, random(20) === 0 ? ABSENT : bytes(random(most), step));
      played.checkBound();
      if (step % 20_000 === 0) played.check();
    }
    played.check();
  });

  test('keys longer than a segment are told apart and stay whole', () => {
    const played = new Played();
    const random = numbers(2);
    for (let step = 0; step < 1000; step++) {
      const key = `${'k'.repeat(random(3) * 5000)}${random(20)}é`;
      if (random(3) === 0) played.remove(key);
      else played.put(key, bytes(random(9000), step));
    }
    played.check();
  });
});

test('holes that are left are counted', () => {
  const played = new Played();
  const random = numbers(4);
  for (let i = 0; i < 30_000; i++) played.put(`key-${i}`, bytes(random(300), i));
  for (let i = 0; i < 30_000; i += 10) {
    played.remove(`key-${i}`);
    played.checkBound();
  }
});

test('what is removed is given back, but for a part of what stays', () => {
  const entries = new SlabEntries({ maxBytes: 1 });
  const random = numbers(3);
  for (let i = 0; i < 20_000; i++) entries.add(`key-${i}`, bytes(random(300), i));
  const full = entries.heldBytes;
  for (let slot = 1; slot <= 20_000; slot++) if (slot % 10 !== 0) entries.remove(slot);
  expect(entries.size).toBe(2000);
  expect(entries.heldBytes).toBeLessThan(0.1 * full * 1.2 + FIXED_BYTES);
  for (let slot = 10; slot <= 20_000; slot += 10) assert.equal(entries.keyAt(slot), `key-${slot - 1}`);
  entries.clear();
  expect(entries.heldBytes).toBe(0);
});

test('a value too long for its length is refused, and nothing changes', () => {
  const entries = new SlabEntries();
  const slot = entries.add('k', bytes(3, 1));
  const endless = new Uint8Array(2 ** 31); // pages that are never touched
  expect(() => entries.add('l', endless)).toThrow(RangeError);
  expect(() => entries.replace(slot, endless)).toThrow(RangeError);
  expect([entries.size, entries.find('l'), entries.find('k')]).toEqual([1, 0, slot]);
  expect(entries.valueAt(slot)).toEqual(bytes(3, 1));
});

test('keys of one hash are told apart', () => {
  const seed = 7;
  const [a, b] = keysOfOneHash(seed);
  const entries = new SlabEntries({ seed });
  const slots = [entries.add(a, bytes(1, 1)), entries.add(b, bytes(2, 2))];
  expect(entries.hashAt(slots[0]!)).toBe(entries.hashAt(slots[1]!));
  expect([entries.find(a), entries.find(b)]).toEqual(slots);
  entries.remove(slots[0]!);
  expect([entries.find(a), entries.find(b)]).toEqual([0, slots[1]]);
});

function keysOfOneHash(seed: number): [string, string] {
  const keys = new Map<number, string>();
  for (let i = 0; ; i++) {
    const key = `${i}`;
    const hash = hashBytes(Buffer.from(key), key.length, seed);
    const earlier = keys.get(hash);
    if (earlier !== undefined) return [earlier, key];
    keys.set(hash, key);
  }
}

test('a slot that was never given holds nothing', () => {
  const entries = new SlabEntries({ maxEntries: 4 });
  const slot = entries.add('k', bytes(1, 1));
  expect([-1, 0, slot, slot + 1, 1e9].map((each) => entries.has(each))).toEqual([false, false, true, false, false]);
});
