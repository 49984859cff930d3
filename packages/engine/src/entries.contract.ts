import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { ABSENT, type Entries } from './entries.js';

export interface EntriesContractOptions {
  /** The most entries there are ever at once. Default: not known. */
  maxEntries?: number | undefined;
}

const utf8 = new TextEncoder();

/** What holds for every kind of Entries, whatever it keeps them in. Keys are well-formed strings. */
export function entriesContract(
  name: string,
  make: (options?: EntriesContractOptions) => Entries<Uint8Array>,
  runs = 100,
): void {
  describe(`${name} keeps the contract of Entries:`, () => {
    test('what was never added, or was removed, is not found', () => {
      const entries = make();
      expect(entries.find('k')).toBe(0);
      const slot = entries.add('k', bytes(3));
      entries.remove(slot);
      expect([entries.find('k'), findBytes(entries, 'k'), entries.size]).toEqual([0, 0, 0]);
      expect(entries.has(slot)).toBe(false);
    });

    test('a freed slot is used again before a new one', () => {
      const entries = make();
      for (let i = 0; i < 10; i++) entries.add(`k${i}`, bytes(i));
      entries.remove(entries.find('k3'));
      entries.remove(entries.find('k7'));
      entries.add('x', bytes(1));
      entries.add('y', bytes(2));
      expect(entries.slots).toBe(10);
      expect(ascending([entries.find('x'), entries.find('y')])).toEqual([4, 8]);
    });

    test('a key is told from its own prefixes, from the empty one, and from one that differs in its last character', () => {
      const entries = make();
      const key = '/学生/成绩/0123456789/é';
      const keys = Array.from({ length: key.length + 1 }, (_, end) => key.slice(0, end)).concat(`${key.slice(0, -1)}e`);
      for (const [i, each] of keys.entries()) expect(entries.add(each, bytes(i))).toBe(i + 1);
      for (const [i, each] of keys.entries()) {
        expect(entries.find(each)).toBe(i + 1);
        expect(findBytes(entries, each)).toBe(i + 1);
        expect(entries.keyAt(i + 1)).toBe(each);
        expect(entries.valueAt(i + 1)).toEqual(bytes(i));
      }
    });

    test('a key in bytes may lie anywhere in a larger buffer', () => {
      const entries = make();
      const slot = entries.add('schlüssel', bytes(1));
      for (let at = 0; at < 9; at++) {
        const message = new Uint8Array(32).fill(0xff);
        message.set(utf8.encode('schlüssel'), at);
        expect(entries.findBytes(message, at, at + 10)).toBe(slot);
        expect(entries.findBytes(message, at, at + 9)).toBe(0);
        expect(entries.findBytes(message.subarray(at), 0, 10)).toBe(slot);
      }
    });

    test('bytes that are no UTF-8 are nobody’s key', () => {
      const entries = make();
      entries.add('\ufffd', bytes(1));
      for (const key of [[0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
        expect(entries.findBytes(Uint8Array.from(key), 0, key.length)).toBe(0);
      }
    });

    test.each([0, 1, 4096, 4_194_304])('a value of %d bytes is copied into a message, and no further', (length) => {
      const entries = make();
      const value = new Uint8Array(length).fill(0xaa);
      const slot = entries.add('k', value);
      const message = Buffer.alloc(length + 3, 0xee);
      entries.copyValue(slot, message, 2);
      expect(entries.lengthAt(slot)).toBe(length);
      assert.ok(message.equals(Buffer.concat([Buffer.of(0xee, 0xee), value, Buffer.of(0xee)])));
    });

    test('that a key has no value is seen without reading it', () => {
      const entries = make();
      const slots = [['a', ABSENT] as const, ['k'.repeat(100_000), ABSENT] as const, ['b', bytes(0)] as const].map(
        ([key, value]) => entries.add(key, value),
      );
      expect(slots.map((slot) => entries.isAbsent(slot))).toEqual([true, true, false]);
      expect(slots.map((slot) => entries.lengthAt(slot))).toEqual([0, 0, 0]);
    });

    test('that a key has no value is told from the empty value, by identity', () => {
      const entries = make();
      const absent = entries.add('absent', ABSENT);
      const empty = entries.add('empty', new Uint8Array(0));
      expect(entries.valueAt(absent)).toBe(ABSENT);
      expect(entries.valueAt(empty)).not.toBe(ABSENT);
      expect(entries.valueAt(empty)).toHaveLength(0);
      entries.replace(absent, bytes(5));
      entries.replace(empty, ABSENT);
      expect(entries.valueAt(absent)).toEqual(bytes(5));
      expect(entries.valueAt(empty)).toBe(ABSENT);
    });

    test('long keys and large values come back whole', () => {
      const entries = make();
      const key = '键'.repeat(21_000);
      const slot = entries.add(key, bytes(5_000_000));
      entries.add('other', bytes(1_000_000));
      entries.replace(entries.find('other'), bytes(3_000_000));
      expect(entries.find(key)).toBe(slot);
      expect(entries.keyAt(slot)).toBe(key);
      assert.deepEqual(entries.valueAt(slot), bytes(5_000_000));
      assert.deepEqual(entries.valueAt(entries.find('other')), bytes(3_000_000));
    });

    test('an entry counts at least its key and value', () => {
      const entries = make();
      expect(entries.overheadBytes).toBeGreaterThan(8);
      expect(entries.bytesOf('', ABSENT)).toBeGreaterThanOrEqual(0);
      for (const size of [0, 1, 100, 10_000]) {
        expect(entries.bytesOf('a'.repeat(size), bytes(size))).toBeGreaterThanOrEqual(2 * size);
        expect(entries.bytesOf('键'.repeat(size), ABSENT)).toBeGreaterThanOrEqual(2 * size);
      }
    });

    test('thousands of keys are all found while it grows, and none once they are removed', () => {
      const entries = make();
      const count = 20_000;
      for (let i = 0; i < count; i++) {
        entries.add(`key-${i}`, bytes(i % 7));
        const earlier = Math.floor(i / 2);
        assert.equal(entries.find(`key-${earlier}`), earlier + 1);
      }
      for (let i = 0; i < count; i++) entries.remove(entries.find(`key-${i}`));
      for (let i = 0; i < count; i++) assert.equal(entries.find(`key-${i}`), 0);
      expect([entries.size, entries.slots]).toEqual([0, count]);
    });

    test('it holds what a Map holds, whatever happens in whatever order', () => {
      const most = fc.option(fc.constant(KEYS.length), { nil: undefined });
      fc.assert(
        fc.property(most, fc.array(step, { maxLength: 300, size: 'max' }), (maxEntries, steps) => {
          playAlong(make({ maxEntries }), steps);
        }),
        { numRuns: runs },
      );
    });
  });
}

/** So many bytes that look like no other number's. */
function bytes(length: number): Uint8Array {
  const value = new Uint8Array(length);
  for (let i = 0; i < length; i++) value[i] = (i * 31 + length) & 0xff;
  return value;
}

const ascending = (slots: number[]) => slots.toSorted((a, b) => a - b);

const KEYS = [
  '',
  'a',
  'aa',
  'aaa',
  'aaaa',
  'aaaaa',
  'é',
  'éa',
  '成绩',
  '成',
  '😀',
  '😀😀',
  'x'.repeat(300),
  '\0',
  '\0\0',
];

const value = fc.oneof(
  fc.constant(ABSENT),
  fc.uint8Array({ maxLength: 40 }),
  fc.integer({ min: 0, max: 3000 }).map(bytes),
);

const step = fc.record({
  act: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('put', 'put', 'remove', 'find') },
    { weight: 1, arbitrary: fc.constant('clear') },
  ),
  key: fc.constantFrom(...KEYS),
  value,
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function playAlong(entries: Entries<Uint8Array>, steps: Step[]): void {
  const model = new Map<string, { slot: number; hash: number; value: Uint8Array }>();
  let peak = 0;
  for (const { act, key, value } of steps) {
    const held = model.get(key);
    assert.equal(entries.find(key), held?.slot ?? 0);
    assert.equal(findBytes(entries, key), held?.slot ?? 0);
    if (act === 'clear') {
      entries.clear();
      model.clear();
      peak = 0;
    } else if (act === 'put' && held === undefined) {
      const slot = entries.add(key, value);
      model.set(key, { slot, hash: entries.hashAt(slot), value });
    } else if (act === 'put' && held !== undefined) {
      entries.replace(held.slot, value);
      held.value = value;
    } else if (act === 'remove' && held !== undefined) {
      entries.remove(held.slot);
      model.delete(key);
    }
    peak = Math.max(peak, model.size);
    compare(entries, model);
    assert.equal(entries.slots, peak);
  }
}

function compare(entries: Entries<Uint8Array>, model: Map<string, { slot: number; hash: number; value: Uint8Array }>) {
  const slots = new Set<number>();
  for (const [key, { slot, hash, value }] of model) {
    slots.add(slot);
    assert.equal(entries.keyAt(slot), key);
    assert.deepEqual([entries.hashAt(slot), entries.hashOf(key)], [hash, hash]);
    const found = entries.valueAt(slot);
    if (value === ABSENT) assert.equal(found, ABSENT);
    else assert.ok(found !== ABSENT && Buffer.compare(found, value) === 0);
  }
  assert.equal(slots.size, model.size); // no slot is two keys'
  assert.equal(entries.size, model.size);
  for (let slot = 1; slot <= entries.slots; slot++) assert.equal(entries.has(slot), slots.has(slot));
}

function findBytes(entries: Entries<Uint8Array>, key: string): number {
  const encoded = utf8.encode(key);
  return entries.findBytes(encoded, 0, encoded.length);
}
