import { describe, expect, test } from '@jest/globals';

import { entriesContract } from './entries.contract.js';
import { HeapEntries } from './heap-entries.js';

entriesContract('HeapEntries', (options) => new HeapEntries<Uint8Array>(options));

describe('HeapEntries', () => {
  test('values may be anything', () => {
    const entries = new HeapEntries<unknown>();
    const values = [1, undefined, null, 'text', { a: 1 }, [2]];
    for (const [i, value] of values.entries()) entries.add(`k${i}`, value);
    for (const [i, value] of values.entries()) {
      expect(entries.valueAt(entries.find(`k${i}`))).toBe(value);
      expect(entries.has(i + 1)).toBe(true);
    }
  });

  test('bytes are kept as they are given, not copied', () => {
    const entries = new HeapEntries<Uint8Array>();
    const value = new Uint8Array(100).subarray(10, 20);
    expect(entries.valueAt(entries.add('k', value))).toBe(value);
  });

  test('a text counts a byte a character if it is ASCII, else two', () => {
    const entries = new HeapEntries<string>();
    const empty = entries.bytesOf('', '');
    expect(entries.bytesOf('abc', '') - empty).toBe(3);
    expect(entries.bytesOf('abé', '') - empty).toBe(6);
    expect(entries.bytesOf('ab张', '') - empty).toBe(6);
    expect(entries.bytesOf('', 'ab张') - empty).toBe(6);
  });

  test('sizeOf says what a value counts, and one that nobody can measure is refused', () => {
    const measured = new HeapEntries<{ bytes: number }>({ sizeOf: (value) => value.bytes });
    expect(measured.bytesOf('k', { bytes: 70 })).toBe(71);
    expect(() => new HeapEntries<number>().bytesOf('k', 1)).toThrow(TypeError);
  });

  test('one that was reserved takes more entries than were announced', () => {
    const entries = new HeapEntries<number>({ maxEntries: 10 });
    for (let i = 0; i < 30_000; i++) entries.add(`k${i}`, i);
    for (let i = 0; i < 30_000; i += 7) expect(entries.valueAt(entries.find(`k${i}`))).toBe(i);
  });

  test('a find of another key between a miss and its add does no harm', () => {
    const entries = new HeapEntries<number>();
    expect(entries.find('a')).toBe(0);
    expect(entries.find('b')).toBe(0);
    entries.add('a', 1);
    entries.add('b', 2);
    expect(['a', 'b', 'c'].map((key) => entries.find(key))).toEqual([1, 2, 0]);
  });
});
