import { describe, expect, test } from '@jest/globals';

import { Cache } from './cache.js';
import type { CacheOptions } from './cache-options.js';
import type { RemovalCause } from './removals.js';

const UNREACHED = 1e9; // a limit in bytes, so that they are counted
const STORES = ['heap', 'slabs'] as const;

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function read(cache: Cache, key: string): string | undefined {
  const value = cache.get(key);
  return value && new TextDecoder().decode(value);
}

/** What an entry with a key and value of a byte each counts, in a small cache. */
function sizeOfOne(options: CacheOptions<Uint8Array>): number {
  const cache = new Cache({ ...options, maxBytes: 10_000 });
  cache.set('a', bytesOf('1'));
  return cache.bytes;
}

describe.each(STORES)('a cache on %s', (store) => {
  test('counts an entry’s key and value, and what it takes besides', () => {
    const cache = new Cache({ store, maxBytes: UNREACHED });
    cache.set('key', new Uint8Array(1000));
    const first = cache.bytes;
    expect(first).toBeGreaterThan(1003 + 40);
    expect(cache.sizeAt(cache.locate('key'))).toBe(first);
    cache.set('key', new Uint8Array(2000));
    expect(cache.bytes).toBeGreaterThanOrEqual(first + 900);
    cache.set('other', new Uint8Array(1));
    cache.delete('key');
    cache.delete('other');
    expect(cache.bytes).toBe(0);
  });

  test('refuses a value larger than its limit, evicts nothing for it, and lets the older value of its key go', () => {
    const cache = new Cache({ store, maxBytes: 100_000 });
    for (const key of ['a', 'b', 'c']) cache.set(key, bytesOf('1'));
    expect(cache.set('d', new Uint8Array(100_000))).toBe(false);
    expect([...cache.keys()]).toEqual(['a', 'b', 'c']);
    expect(cache.set('b', new Uint8Array(100_000))).toBe(false);
    expect([...cache.keys()]).toEqual(['a', 'c']);
    expect(cache.removals).toMatchObject({ oversized: 2, evicted: 0, replaced: 1 });
  });

  test('evicts the least recently used, a read counting, a peek and a has not', () => {
    const cache = new Cache({ store, policy: 'lru', maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) cache.set(key, bytesOf(key));
    expect([read(cache, 'a'), cache.has('b'), cache.peek('b')]).toEqual(['a', true, bytesOf('b')]);
    cache.set('d', bytesOf('d'));
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.has(key))).toEqual(['a', 'c', 'd']);
  });

  test('finds by key in UTF-8 what was set by string', () => {
    const cache = new Cache({ store, policy: 'lru', maxEntries: 2 });
    cache.set('成绩', bytesOf('1'), 1000, 7, 3);
    cache.set('b', bytesOf('2'));
    const slot = cache.findBytes(bytesOf('成绩'));
    expect([cache.keyAt(slot), cache.versionAt(slot), cache.epochAt(slot)]).toEqual(['成绩', 7, 3]);
    cache.set('c', bytesOf('3')); // b leaves: the other was read
    expect([cache.locateBytes(bytesOf('b')), cache.locateBytes(bytesOf('成绩'))]).toEqual([0, slot]);
  });

  test('has an entry until its time is over, and not then', () => {
    let time = 5000.25;
    const cache = new Cache({ store, now: () => time });
    cache.set('k', bytesOf('v'), 100);
    expect(cache.ttlAt(cache.locate('k'))).toBeGreaterThan(99);
    expect(cache.ttlAt(cache.locate('k'))).toBeLessThanOrEqual(100);
    time += 99;
    expect(read(cache, 'k')).toBe('v');
    time += 1;
    expect(read(cache, 'k')).toBeUndefined();
    expect([cache.size, cache.removals.expired]).toEqual([0, 1]);
  });

  test('stores nothing whose time is over already, and the older value goes', () => {
    const cache = new Cache({ store });
    cache.set('k', bytesOf('old'));
    expect(cache.set('k', bytesOf('new'), 0)).toBe(true);
    expect(cache.set('other', bytesOf('new'), -5)).toBe(true);
    expect(cache.size).toBe(0);
  });

  test('frees what has expired unasked, a slice at a time', () => {
    let time = 0;
    const cache = new Cache({ store, now: () => time });
    for (let i = 0; i < 100; i++) cache.set(`k${i}`, bytesOf('v'), i % 2 === 0 ? 10 : undefined);
    time = 10;
    expect(cache.size).toBe(100);
    expect(cache.collect(40)).toBe(20);
    expect(cache.collect(40) + cache.collect(40)).toBe(30);
    expect(cache.size).toBe(50);
    expect(cache.collect(100)).toBe(0);
  });

  test('tells its listener of each removal once, with its cause and value', () => {
    let time = 0;
    const heard: [string, string, RemovalCause][] = [];
    const cache = new Cache({
      store,
      policy: 'lru',
      maxEntries: 2,
      now: () => time,
      onRemoved: (key, value, cause) => heard.push([key, new TextDecoder().decode(value), cause]),
    });
    cache.set('a', bytesOf('1'));
    cache.set('a', bytesOf('2'));
    cache.set('b', bytesOf('3'), 5);
    cache.set('c', bytesOf('4'));
    time = 5;
    cache.find('b');
    cache.delete('c');
    cache.set('d', bytesOf('5'), 5);
    time = 10;
    cache.set('d', bytesOf('6'));
    cache.clear();
    expect(heard).toEqual([
      ['a', '1', 'replaced'],
      ['a', '2', 'evicted'],
      ['b', '3', 'expired'],
      ['c', '4', 'deleted'],
      ['d', '5', 'expired'],
      ['d', '6', 'deleted'],
    ]);
    expect(cache.removals).toEqual({ replaced: 1, evicted: 1, expired: 2, deleted: 2, oversized: 0 });
  });

  test('a listener that looks at the cache sees it without the entry', () => {
    const seen: boolean[] = [];
    const cache: Cache = new Cache({
      store,
      policy: 'fifo',
      maxEntries: 1,
      onRemoved: (key, _, cause) => cause === 'evicted' && seen.push(cache.has(key)),
    });
    for (const key of ['a', 'b', 'c']) cache.set(key, bytesOf('v'));
    expect(seen).toEqual([false, false]);
  });

  test('is as new once it is cleared', () => {
    const cache = new Cache({ store, maxEntries: 3, maxBytes: UNREACHED, policy: 'arc' });
    for (let i = 0; i < 10; i++) cache.set(`k${i}`, bytesOf('v'), 1000, 5, 5);
    cache.clear();
    expect([cache.size, cache.bytes, cache.slots, cache.removals.deleted]).toEqual([0, 0, 0, 3]);
    for (let i = 0; i < 10; i++) cache.set(`k${i}`, bytesOf('v'));
    expect(cache.size).toBe(3);
    const slot = cache.locate('k9');
    expect([cache.versionAt(slot), cache.epochAt(slot), cache.ttlAt(slot)]).toEqual([0, 0, Number.POSITIVE_INFINITY]);
  });

  test('a slot that is used again has nothing of the entry before', () => {
    let time = 0;
    const cache = new Cache({ store, now: () => time });
    cache.set('a', bytesOf('v'), 10, 5, 5);
    cache.delete('a');
    cache.set('b', bytesOf('v'));
    time = 20;
    const slot = cache.locate('b');
    expect([cache.versionAt(slot), cache.epochAt(slot), cache.ttlAt(slot)]).toEqual([0, 0, Number.POSITIVE_INFINITY]);
  });

  test('evicts at once when it is made smaller, and holds more when it is made larger', () => {
    const one = sizeOfOne({ store });
    const cache = new Cache({ store, policy: 'lru', maxBytes: 10 * one });
    const fill = () => {
      for (const key of 'abcdefghijklmnop') cache.set(key, bytesOf('1'));
      return [...cache.keys()].sort().join('');
    };
    expect(fill()).toBe('ghijklmnop');
    cache.resize({ maxBytes: 4 * one });
    expect([cache.size, cache.bytes, cache.maxBytes]).toEqual([4, 4 * one, 4 * one]);
    expect(fill()).toBe('mnop');
    cache.resize({ maxBytes: 12 * one, maxEntries: 11 });
    expect(fill()).toBe('fghijklmnop');
    cache.resize({ maxEntries: Number.POSITIVE_INFINITY });
    expect(fill()).toBe('efghijklmnop');
    expect(() => cache.resize({ maxBytes: 0 })).toThrow(RangeError);
    expect(cache.maxBytes).toBe(12 * one);
  });

  test('a limit in bytes that comes later counts what is there already', () => {
    const one = sizeOfOne({ store });
    const cache = new Cache({ store, policy: 'lru' });
    for (const key of 'abcdefghij') cache.set(key, bytesOf('1'));
    expect(cache.bytes).toBe(0);
    cache.resize({ maxBytes: 3 * one });
    expect([...cache.keys()].sort().join('')).toBe('hij');
    const sizes = [...cache.keys()].map((key) => cache.sizeAt(cache.locate(key)));
    expect(cache.bytes).toBe(sizes.reduce((sum, size) => sum + size));
    expect(cache.bytes).toBeGreaterThan(2 * one);
  });

  test('iterates over what lives, while entries leave and come', () => {
    let time = 0;
    const cache = new Cache({ store, now: () => time });
    for (let i = 0; i < 10; i++) cache.set(`k${i}`, bytesOf(`${i}`), i < 5 ? 10 : 1000, i);
    time = 10;
    const seen: [string, string, number, number][] = [];
    for (const { key, value, version, ttlMs } of cache.entries()) {
      seen.push([key, new TextDecoder().decode(value), version, ttlMs]);
      if (key === 'k6') cache.delete('k7');
      if (key === 'k8') cache.set('new', bytesOf('n'));
    }
    expect(seen.slice(0, 4).map(([key]) => key)).toEqual(['k5', 'k6', 'k8', 'k9']);
    expect(seen[0]).toEqual(['k5', '5', 5, 990]);
  });
});

describe('a cache', () => {
  test.each([{ maxBytes: 0 }, { maxBytes: Number.NaN }, { maxEntries: 0 }, { maxEntries: 1.5 }])(
    'refuses the limit %j',
    (limits) => {
      expect(() => new Cache(limits)).toThrow(RangeError);
    },
  );

  test('on the heap holds any values, and counts them as it is told', () => {
    const cache = new Cache<{ cost: number }>({ maxBytes: UNREACHED, sizeOf: ({ cost }) => cost });
    cache.set('a', { cost: 70 });
    const first = cache.bytes;
    cache.set('a', { cost: 170 });
    expect(cache.bytes - first).toBe(100);
    expect(() => new Cache<number>({ maxBytes: UNREACHED }).set('a', 1)).toThrow(TypeError);
    expect(new Cache<number>().set('a', 1)).toBe(true);
  });

  test('gives entries the time to live that it was made with, where they have none of their own', () => {
    let time = 0;
    const cache = new Cache({ ttlMs: 50, now: () => time });
    cache.set('a', bytesOf('v'));
    cache.set('b', bytesOf('v'), 100);
    time = 50;
    expect([cache.has('a'), cache.has('b')]).toEqual([false, true]);
  });

  test('without a clock of its own expires by performance.now, within the turn that comes next', async () => {
    const cache = new Cache();
    cache.set('a', bytesOf('v'), 5);
    expect(cache.has('a')).toBe(true);
    const end = performance.now() + 6;
    while (performance.now() < end);
    await undefined;
    expect(cache.has('a')).toBe(false);
  });
});

test('knows for how long an entry has been here, if it is to: since it was stored, or last replaced', () => {
  let now = 5_000;
  const cache = new Cache({ ages: true, now: () => now });
  cache.set('a', Buffer.from('1'));
  now += 3_500;
  cache.set('b', Buffer.from('2'));
  expect([cache.ageAt(cache.locate('a')), cache.ageAt(cache.locate('b'))]).toEqual([3_000, 0]);
  cache.set('a', Buffer.from('3'));
  now += 60_000;
  expect([cache.ageAt(cache.locate('a')), cache.ageAt(cache.locate('b'))]).toEqual([60_000, 60_000]);
  cache.clear();
  cache.set('c', Buffer.from('4'));
  expect(cache.ageAt(cache.locate('c'))).toBe(0);
  expect(new Cache().ageAt(1)).toBeUndefined();
});
