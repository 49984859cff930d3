import { describe, expect, test } from '@jest/globals';
import { POLICY_NAMES } from '@ringcache/policies';
import fc from 'fast-check';

import { Cache, ENTRY_OVERHEAD_BYTES, type RemovalCause } from './cache.js';
import { ManualClock } from './testing/manual-clock.js';

const FOR_EVER = Number.POSITIVE_INFINITY;

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function read(cache: Cache, key: string): string | undefined {
  const slot = cache.find(key);
  return slot === 0 ? undefined : new TextDecoder().decode(cache.valueAt(slot));
}

describe('Cache', () => {
  test('an entry costs its key in UTF-8, its value, and the overhead', () => {
    const cache = new Cache({ clock: new ManualClock() });
    cache.set('张', bytesOf('12345'), 1, FOR_EVER);
    expect(cache.bytes).toBe(3 + 5 + ENTRY_OVERHEAD_BYTES);
    cache.set('张', bytesOf('1'), 2, FOR_EVER);
    expect(cache.bytes).toBe(3 + 1 + ENTRY_OVERHEAD_BYTES);
    cache.delete('张');
    expect(cache.bytes).toBe(0);
  });

  test('a value larger than the limit is refused, evicts nothing, and takes the older value of its key away', () => {
    const cache = new Cache({ clock: new ManualClock(), maxBytes: 3 * (ENTRY_OVERHEAD_BYTES + 2) });
    for (const key of ['a', 'b', 'c']) cache.set(key, bytesOf('1'), 1, FOR_EVER);
    expect(cache.set('d', new Uint8Array(3 * (ENTRY_OVERHEAD_BYTES + 2)), 1, FOR_EVER)).toBe(false);
    expect([...cache.keys()]).toEqual(['a', 'b', 'c']);
    expect(cache.set('b', new Uint8Array(3 * (ENTRY_OVERHEAD_BYTES + 2)), 2, FOR_EVER)).toBe(false);
    expect([...cache.keys()]).toEqual(['a', 'c']);
    expect(cache.removals).toMatchObject({ oversized: 2, evicted: 0, replaced: 1 });
  });

  test('an entry is there until its deadline and not at it', async () => {
    const clock = new ManualClock();
    const cache = new Cache({ clock });
    cache.set('k', bytesOf('v'), 1, 100);
    await clock.advance(99);
    expect(read(cache, 'k')).toBe('v');
    await clock.advance(1);
    expect(read(cache, 'k')).toBeUndefined();
    expect(cache.size).toBe(0);
    expect(cache.removals.expired).toBe(1);
  });

  test('collect frees what has expired unasked, a slice at a time', async () => {
    const clock = new ManualClock();
    const cache = new Cache({ clock });
    for (let i = 0; i < 100; i++) cache.set(`k${i}`, bytesOf('v'), 1, i % 2 === 0 ? 10 : FOR_EVER);
    await clock.advance(10);
    expect(cache.size).toBe(100);
    expect(cache.collect(40)).toBe(20);
    expect(cache.collect(40) + cache.collect(40)).toBe(30);
    expect(cache.size).toBe(50);
    expect(cache.collect(100)).toBe(0);
  });

  test('a small value of a large message does not keep the message alive', () => {
    const cache = new Cache({ clock: new ManualClock() });
    const message = new Uint8Array(1_000_000).fill(7);
    cache.set('k', message.subarray(10, 14), 1, FOR_EVER);
    const held = cache.valueAt(cache.find('k'));
    expect([...held]).toEqual([7, 7, 7, 7]);
    expect(held.buffer.byteLength).toBe(4);
  });

  test('the listener hears of each removal once, with its cause and value', async () => {
    const clock = new ManualClock();
    const heard: [string, string, RemovalCause][] = [];
    const cache = new Cache({
      clock,
      maxEntries: 2,
      onRemoved: (key, value, cause) => heard.push([key, new TextDecoder().decode(value), cause]),
    });
    cache.set('a', bytesOf('1'), 1, FOR_EVER);
    cache.set('a', bytesOf('2'), 2, FOR_EVER);
    cache.set('b', bytesOf('3'), 1, 5);
    cache.set('c', bytesOf('4'), 1, FOR_EVER);
    await clock.advance(5);
    cache.find('b');
    cache.delete('c');
    cache.set('d', bytesOf('5'), 1, FOR_EVER);
    cache.clear();
    expect(heard).toEqual([
      ['a', '1', 'replaced'],
      ['a', '2', 'evicted'],
      ['b', '3', 'expired'],
      ['c', '4', 'deleted'],
      ['d', '5', 'deleted'],
    ]);
  });

  test('clear leaves a cache that works as a new one', () => {
    const cache = new Cache({ clock: new ManualClock(), maxEntries: 3, policy: 'arc' });
    for (let i = 0; i < 10; i++) cache.set(`k${i}`, bytesOf('v'), 1, FOR_EVER);
    cache.clear();
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
    for (let i = 0; i < 10; i++) cache.set(`k${i}`, bytesOf('v'), 1, FOR_EVER);
    expect(cache.size).toBe(3);
  });

  test.each([{ maxBytes: 0 }, { maxBytes: Number.NaN }, { maxEntries: 0 }])('refuses the limit %j', (limits) => {
    expect(() => new Cache({ clock: new ManualClock(), ...limits })).toThrow(RangeError);
  });

  test.each(POLICY_NAMES.map((policy) => [policy]))(
    'with %s, what it holds is what was stored last, within its limits, its bytes exact',
    async (policy) => {
      const step = fc.oneof(
        fc.record({
          op: fc.constant('set' as const),
          key: fc.nat(30),
          size: fc.nat(300),
          ttl: fc.option(fc.integer({ min: 1, max: 50 })),
        }),
        fc.record({ op: fc.constantFrom('find' as const, 'delete' as const), key: fc.nat(30) }),
        fc.record({ op: fc.constant('wait' as const), ms: fc.nat(30) }),
        fc.record({ op: fc.constant('collect' as const), slots: fc.nat(20) }),
        fc.record({ op: fc.constant('clear' as const) }),
      );
      const limits = fc.record({
        maxBytes: fc.integer({ min: 600, max: 6000 }),
        maxEntries: fc.integer({ min: 1, max: 20 }),
      });
      await fc.assert(
        fc.asyncProperty(
          limits,
          fc.array(step, { maxLength: 120, size: 'max' }),
          async ({ maxBytes, maxEntries }, steps) => {
            const clock = new ManualClock();
            const stored = new Map<string, { size: number; version: number; deadline: number }>();
            const cache = new Cache({
              clock,
              policy,
              maxBytes,
              maxEntries,
              onRemoved: (key, _, cause) => {
                if (cause === 'evicted' || cause === 'expired') stored.delete(key);
              },
            });
            let version = 0;
            for (const s of steps) {
              if (s.op === 'set') {
                const key = `k${s.key}`;
                const deadline = s.ttl === null ? FOR_EVER : clock.now() + s.ttl;
                const fits = key.length + s.size + ENTRY_OVERHEAD_BYTES <= maxBytes;
                expect(cache.set(key, new Uint8Array(s.size), ++version, deadline)).toBe(fits);
                stored.delete(key);
                if (cache.locate(key) !== 0) stored.set(key, { size: s.size, version, deadline }); // else: refused admission
              } else if (s.op === 'find') {
                const slot = cache.find(`k${s.key}`);
                const model = stored.get(`k${s.key}`);
                expect(slot !== 0).toBe(model !== undefined && model.deadline > clock.now());
                if (slot !== 0) {
                  expect(cache.versionAt(slot)).toBe(model!.version);
                  expect(cache.valueAt(slot)).toHaveLength(model!.size);
                }
              } else if (s.op === 'delete') {
                const live = (stored.get(`k${s.key}`)?.deadline ?? 0) > clock.now();
                expect(cache.delete(`k${s.key}`)).toBe(live);
                stored.delete(`k${s.key}`);
              } else if (s.op === 'wait') {
                await clock.advance(s.ms);
              } else if (s.op === 'collect') {
                cache.collect(s.slots);
              } else {
                cache.clear();
                stored.clear();
              }
              let bytes = 0;
              for (const [key, { size }] of stored) bytes += key.length + size + ENTRY_OVERHEAD_BYTES;
              expect(cache.bytes).toBe(bytes);
              expect(cache.size).toBe(stored.size);
              expect(cache.bytes <= maxBytes && cache.size <= maxEntries).toBe(true);
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
