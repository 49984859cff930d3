import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { KeyIndex } from './key-index.js';

/** The slot of a key, as an owner finds it that keeps its keys by slot. */
function find(index: KeyIndex, keys: (number | undefined)[], key: number, hash: number): number {
  let slot = index.first(hash);
  while (slot !== 0 && keys[slot] !== key) slot = index.next(hash);
  return slot;
}

/** Plays adds and removals of keys (removed if they are in), and compares with a Map after each. */
function playAlong(index: KeyIndex, steps: readonly number[], hashOf: (key: number) => number): void {
  const keys: (number | undefined)[] = [];
  const model = new Map<number, number>();
  for (const key of steps) {
    const slot = find(index, keys, key, hashOf(key));
    assert.equal(slot, model.get(key) ?? 0);
    if (slot === 0) {
      const added = index.add(hashOf(key));
      assert.equal(keys[added], undefined);
      keys[added] = key;
      model.set(key, added);
    } else {
      index.remove(slot);
      keys[slot] = undefined;
      model.delete(key);
    }
    assert.equal(index.size, model.size);
  }
  for (const [key, slot] of model) {
    assert.equal(find(index, keys, key, hashOf(key)), slot);
    assert.equal(index.hashAt(slot), hashOf(key) | 0);
  }
}

const HASHES: Record<string, (key: number) => number> = {
  'are well spread': (key) => Math.imul(key + 1, 0x9e3779b1),
  'are unsigned': (key) => Math.imul(key + 1, 0x9e3779b1) >>> 0,
  'are all the same': () => -1,
  'are one of three': (key) => (key % 3) * 0x40000001,
  'have one home': (key) => key << 20,
  'crowd around the end of the table': (key) => (key << 20) | (0xffffc + (key % 5)),
  'have one tag': (key) => key,
};

describe('KeyIndex', () => {
  describe.each(Object.entries(HASHES))('where hashes %s', (_, hashOf) => {
    test.each([undefined, 200])('finds what a Map finds, reserved for %p', (maxEntries) => {
      const keys = fc.array(fc.nat(199), { maxLength: 400, size: 'max' });
      fc.assert(
        fc.property(keys, (steps) => playAlong(new KeyIndex({ maxEntries }), steps, hashOf)),
        { numRuns: 30 },
      );
    });
  });

  test('at every moment of its growth each key is found, whether added before or meanwhile', () => {
    const index = new KeyIndex();
    const hashOf = HASHES['are well spread']!;
    const keys: number[] = [];
    for (let key = 0; key < 3000; key++) {
      keys[index.add(hashOf(key))] = key;
      for (let each = key; each >= 0; each -= 1 + (each >> 3))
        assert.equal(find(index, keys, each, hashOf(each)), each + 1);
    }
    expect(index.size).toBe(3000);
  });

  test('removals in the middle of its growth reach the old table and the new one', () => {
    const hashOf = HASHES['are well spread']!;
    for (let filled = 40; filled < 140; filled++) {
      const fill = Array.from({ length: filled }, (_, key) => key);
      playAlong(new KeyIndex(), [...fill, ...fill, ...fill], hashOf);
    }
  });

  test('one that never ends in growing keeps up with adds and removals by the thousand', () => {
    const steps = Array.from({ length: 100_000 }, (_, i) => (i * i * 31 + i * 7) % 5003);
    playAlong(new KeyIndex(), steps, HASHES['are well spread']!);
  });

  test('a slot is given again once it is free, and no new one before', () => {
    const index = new KeyIndex({ maxEntries: 3 });
    expect([index.add(1), index.add(2), index.add(3)]).toEqual([1, 2, 3]);
    index.remove(2);
    expect(index.add(4)).toBe(2);
    expect([index.size, index.slots]).toEqual([3, 3]);
  });

  test('more entries than were announced are taken all the same', () => {
    playAlong(
      new KeyIndex({ maxEntries: 1 }),
      Array.from({ length: 500 }, (_, key) => key),
      HASHES['have one tag']!,
    );
  });

  test('clear leaves one as new', () => {
    const index = new KeyIndex();
    for (let key = 0; key < 1000; key++) index.add(key);
    index.clear();
    expect([index.size, index.slots, index.first(7)]).toEqual([0, 0, 0]);
    playAlong(index, [1, 2, 3, 1, 2, 4], HASHES['have one tag']!);
  });
});
