import { describe, expect, test } from '@jest/globals';

import { hashAscii, hashBytes, hashString, RANDOM_SEED } from './key-hash.js';

const SEED = 12345;
const utf8 = new TextEncoder();

const kinds: Record<string, (key: string, seed?: number) => number> = {
  hashString: (key, seed = SEED) => hashString(key, seed),
  hashBytes: (key, seed = SEED) => hashBytes(utf8.encode(key), utf8.encode(key).length, seed),
};

describe.each(Object.entries(kinds))('%s', (_, hash) => {
  test('is a signed 32-bit number, the same for equal keys however they came to be', () => {
    for (let length = 0; length < 40; length++) {
      const key = 'schlüssel-schlüssel-schlüssel-schlüssel'.slice(0, length);
      const pieced = [...key].join('');
      expect(hash(key)).toBe(hash(pieced));
      expect(hash(key)).toBe(hash(key) | 0);
    }
  });

  test('another seed gives another hash', () => {
    expect(hash('key', 1)).not.toBe(hash('key', 2));
    expect(hash('a key of more characters', 1)).not.toBe(hash('a key of more characters', 2));
  });

  test('every character counts, wherever it is, and so does the length', () => {
    const keys = new Set<string>();
    for (let length = 0; length <= 24; length++) {
      keys.add('a'.repeat(length));
      for (let at = 0; at < length; at++) {
        for (const other of ['b', 'é', '\0']) keys.add('a'.repeat(at) + other + 'a'.repeat(length - at - 1));
      }
    }
    expect(new Set([...keys].map((key) => hash(key))).size).toBe(keys.size);
  });

  test.each([
    ['numbered keys', (i: number) => `user:${i}`],
    ['keys numbered in front', (i: number) => `${i}:a-common-end`],
    ['keys that differ in every fourth character', (i: number) => [...`${i + 1_000_000}`].join('xyz')],
    ['bytes of counters', (i: number) => String.fromCharCode(i & 127, (i >> 7) & 127, (i >> 14) & 127)],
  ])('spreads %s over places and tags as chance would', (_, keyOf) => {
    const count = 1 << 14;
    const hashes = Array.from({ length: count }, (_, i) => hash(keyOf(i)));
    expect(count - new Set(hashes).size).toBeLessThan(4); // by chance 0.03 share a hash
    for (const part of [(h: number) => h & 0x3fff, (h: number) => h >>> 18]) {
      const taken = new Set(hashes.map(part)).size / count;
      expect(Math.abs(taken - (1 - Math.exp(-1)))).toBeLessThan(0.02); // balls into as many bins
    }
  });
});

test('the units of a string that is no valid UTF-16 count too', () => {
  expect(hashString('\ud800', SEED)).not.toBe(hashString('\ud801', SEED));
});

test('ASCII bytes hash as the string that they are, and other bytes not at all', () => {
  for (let length = 0; length < 40; length++) {
    const key = 'session:000123456789:profile:\0\x7f and so on'.slice(0, length);
    expect(hashAscii(utf8.encode(`é${key}é`), 2, 2 + key.length, SEED)).toBe(hashString(key, SEED));
    for (let at = 0; at < length; at++) {
      const bytes = utf8.encode(key);
      bytes[at] = 0x80;
      expect(hashAscii(bytes, 0, bytes.length, SEED)).toBeUndefined();
    }
  }
});

test('the seed of a process is 32 bits', () => {
  expect(RANDOM_SEED).toBe(RANDOM_SEED >>> 0);
});
